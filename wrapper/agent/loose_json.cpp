#include "wrapper/agent/loose_json.h"

namespace wrapper {

namespace {

using contracts::Json;

constexpr char kEscape = '\x1b';

// The number of the \uXXXX at `at`, or -1.
int escape_at(std::string_view text, std::size_t at) {
    if (text.size() < at + 6 || text[at] != '\\' || text[at + 1] != 'u') return -1;
    int number = 0;
    for (const char digit : text.substr(at + 2, 4)) {
        const std::size_t value =
            std::string_view("0123456789abcdef").find(static_cast<char>(digit | 0x20));
        if (value == std::string_view::npos) return -1;
        number = number * 16 + static_cast<int>(value);
    }
    return number;
}

void mend_surrogates(std::string& text) {
    for (std::size_t at = text.find('\\'); at != std::string::npos; at = text.find('\\', at)) {
        const int unit = escape_at(text, at);
        if (unit < 0) {
            at += 2;
            continue;
        }
        const int next = escape_at(text, at + 6);
        const bool pair = unit >= 0xd800 && unit < 0xdc00 && next >= 0xdc00 && next < 0xe000;
        if (!pair && unit >= 0xd800 && unit < 0xe000) text.replace(at + 2, 4, "fffd");
        at += pair ? 12 : 6;
    }
}

// The position after the bytes from `from` to `to` and the one byte that ends the sequence. A brace
// is never that byte: it begins the object that we look for, after a sequence that was cut off.
std::size_t end_of_sequence(std::string_view text, std::size_t at, char from, char to) {
    while (at < text.size() && text[at] >= from && text[at] <= to)
        ++at;
    const bool ended = at < text.size() && text[at] > to && text[at] < '{';
    return ended ? at + 1 : at;
}

// The length of the escape sequence that begins `text` (ECMA-48).
std::size_t length_of_sequence(std::string_view text) {
    if (text.size() < 2) return text.size();
    if (text[1] == '[') return end_of_sequence(text, 2, ' ', '?');
    if (std::string_view("]PX^_").find(text[1]) == std::string_view::npos)
        return end_of_sequence(text, 1, ' ', '/');
    // A string, such as a window's title: up to BEL or ESC \. One without an end is read as plain
    // text, so that the rest of the line is not lost.
    const std::size_t end = text.find_first_of("\a\x1b", 2);
    if (end == std::string_view::npos) return 2;
    if (text[end] == '\a') return end + 1;
    return text.substr(end).starts_with("\x1b\\") ? end + 2 : 2;
}

// Whether a line that contains `text` may come from a terminal or a shell.
bool is_printed(std::string_view text) {
    constexpr std::string_view kHarmless("\0\a\b\t\n\v\f\r\x0e\x0f", 10);
    for (const char c : text)
        if (static_cast<unsigned char>(c) < ' ' && kHarmless.find(c) == std::string_view::npos)
            return false;
    return true;
}

// The length of the object that begins `text`; 0: it has no end. Braces in strings do not count.
std::size_t length_of_object(std::string_view text) {
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '"')
            in_string = !in_string;
        else if (in_string && c == '\\')
            ++at;
        else if (!in_string && c == '{')
            ++depth;
        else if (!in_string && c == '}' && --depth == 0)
            return at + 1;
    }
    return 0;
}

}  // namespace

contracts::Result<Json> read_event(std::string_view text) {
    contracts::Result<Json> event = contracts::parse_json(text);
    if (event) return event;
    // Written and read as a JSON string, the text becomes valid UTF-8.
    const contracts::Result<Json> mended =
        contracts::parse_json(contracts::dump_json(std::string(text)));
    if (!mended) return event;
    std::string again = mended->get<std::string>();
    mend_surrogates(again);
    if (again == text) return event;
    return contracts::parse_json(again);
}

std::string without_escapes(std::string_view text) {
    std::string plain;
    for (;;) {
        const std::size_t at = text.find(kEscape);
        plain.append(text.substr(0, at));
        if (at == std::string_view::npos) return plain;
        text.remove_prefix(at);
        text.remove_prefix(length_of_sequence(text));
    }
}

std::string_view next_object(std::string_view& text) {
    const std::size_t begin = text.find('{');
    if (begin != std::string_view::npos && is_printed(text.substr(0, begin)))
        if (const std::size_t length = length_of_object(text.substr(begin)); length > 0) {
            const std::string_view object = text.substr(begin, length);
            text.remove_prefix(begin + length);
            return object;
        }
    text = {};
    return {};
}

}  // namespace wrapper
