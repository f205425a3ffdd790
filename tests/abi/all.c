/* The whole ABI, as C and as C++. */
#include <nnrun/plugin.h>

int main(void) { return sizeof(nnr_plugin) == 0; }
