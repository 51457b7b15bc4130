// The smallest possible program: it shows the cost of starting a process on this machine.
#include <unistd.h>

int main(void) {
    return write(1, "hello\n", 6) == 6 ? 0 : 1;
}
