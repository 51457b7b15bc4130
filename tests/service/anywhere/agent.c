/* The smallest agent: reads its prompt to the end and prints a result. It needs no other file. */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    char bytes[4096];
    long size = 0;
    for (ssize_t count; (count = read(STDIN_FILENO, bytes, sizeof bytes)) > 0; size += count) {
    }
    printf("<result>{\"status\":\"success\",\"summary\":\"%ld bytes read by user %ld\"}</result>\n",
           size, (long)getuid());
    return 0;
}
