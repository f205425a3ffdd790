/* What missing_dependency.so needs. */
__attribute__((visibility("default"))) void not_there(void) {}
