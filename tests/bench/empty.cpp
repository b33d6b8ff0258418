/// The floor of every program start: linked like mayla-shim, does nothing.
int main() { return 0; }
