// Replaces the C library's printf in worker-wrapper, whose floating point code alone would be a
// thirtieth of the program. Our libraries print only characters, texts and whole numbers, with or
// without leading zeros; anything else ends the program with a message.
#include "toolchain/last_words.h"

#include <cstdarg>
#include <cstddef>
#include <version>

namespace {

// Keeps as much of the text as there is room for, and counts its full length.
struct Text {
    char* to;
    std::size_t room;
    std::size_t size = 0;

    void put(char c) {
        if (size + 1 < room) to[size] = c;
        ++size;
    }
    void put(const char* text) {
        while (*text != '\0')
            put(*text++);
    }
    void put(unsigned long number, unsigned base, bool capital, std::size_t digits) {
        char reversed[32];
        std::size_t count = 0;
        const char* all = capital ? "0123456789ABCDEF" : "0123456789abcdef";
        for (; number != 0 || count == 0; number /= base)
            reversed[count++] = all[number % base];
        for (; digits > count; --digits)
            put('0');
        while (count > 0)
            put(reversed[--count]);
    }
};

// The part of a conversion between the percent sign and the letter.
struct Conversion {
    std::size_t digits = 0;  // minimum number of digits, with leading zeros
    bool is_long = false;
    char letter = '\0';
};

Conversion read_conversion(const char*& format) {
    Conversion found;
    for (;; ++format) {
        const char c = *format;
        if (c >= '0' && c <= '9')
            found.digits = found.digits * 10 + static_cast<std::size_t>(c - '0');
        else if (c == 'l' || c == 'z')
            found.is_long = true;
        else if (c != '.' && c != 'h')
            break;
    }
    found.letter = *format;
    return found;
}

void put_number(Text& text, const Conversion& as, std::va_list& arguments) {
    const bool is_signed = as.letter == 'd';
    long number = as.is_long ? va_arg(arguments, long) : va_arg(arguments, int);
    if (is_signed && number < 0) {
        text.put('-');
        number = -number;
    }
    auto bits = static_cast<unsigned long>(number);
    if (!is_signed && !as.is_long) bits = static_cast<unsigned>(number);
    const bool hexadecimal = as.letter == 'x' || as.letter == 'X';
    text.put(bits, hexadecimal ? 16 : 10, as.letter == 'X', as.digits);
}

}  // namespace

extern "C" int snprintf(char* to, std::size_t room, const char* format, ...) {
    Text text{to, room};
    std::va_list arguments;
    va_start(arguments, format);
    for (; *format != '\0'; ++format) {
        if (*format != '%') {
            text.put(*format);
            continue;
        }
        ++format;
        const Conversion as = read_conversion(format);
        switch (as.letter) {
            case '%':
                text.put('%');
                break;
            case 'c':
                text.put(static_cast<char>(va_arg(arguments, int)));
                break;
            case 's':
                text.put(va_arg(arguments, const char*));
                break;
            case 'd':
            case 'u':
            case 'x':
            case 'X':
                put_number(text, as, arguments);
                break;
            default:
                end_with("a conversion that snprintf does not have here");
        }
    }
    va_end(arguments);
    if (room > 0) to[text.size < room ? text.size : room - 1] = '\0';
    return static_cast<int>(text.size);
}

// The C++ library's final message, which it would otherwise print with the full printf.
namespace std {
inline namespace _LIBCPP_ABI_NAMESPACE {
[[noreturn]] void __libcpp_verbose_abort(const char* format, ...) noexcept {
    end_with(format);
}
}  // namespace _LIBCPP_ABI_NAMESPACE
}  // namespace std
extern "C" [[noreturn]] void __abort_message(const char* format, ...) {
    end_with(format);
}
