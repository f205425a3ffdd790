// What a program exports beside its kernel: the size of the kernel's argument, and a call with it.
template <class A> constexpr unsigned long nnrun_size(void (*)(A)) { return sizeof(A); }
template <class A> void nnrun_pass(void (*kernel)(A), const void* argument) {
  kernel(*static_cast<const A*>(argument));
}
extern "C" {
extern const int nnrun_waits;
const int nnrun_waits = NNRUN_WAITS;
extern const unsigned long nnrun_argument;
const unsigned long nnrun_argument = nnrun_size(kernel);
void nnrun_call(const void* argument) { nnrun_pass(kernel, argument); }
}
