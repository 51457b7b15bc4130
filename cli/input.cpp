#include "cli/input.h"

#include "contracts/base/unique_fd.h"
#include "contracts/fields/shape.h"

#include <fcntl.h>
#include <algorithm>
#include <cerrno>
#include <charconv>

namespace cli {

namespace {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using contracts::UniqueFd;

bool is_identifier_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == ':' || c == '@' || c == '-';
}

// The length of the UTF-8 sequence that `text` begins with; 0: invalid.
std::size_t sequence_length(std::string_view text) {
    const auto byte = [&](std::size_t i) {
        return static_cast<unsigned char>(text[i]);
    };
    const unsigned char lead = byte(0);
    if (lead < 0x80) return 1;
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xc0) != 0x80) return 0;
    // The second byte reveals overlong forms, surrogates and values beyond Unicode.
    if ((lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xed && byte(1) > 0x9f) ||
        (lead == 0xf0 && byte(1) < 0x90) || (lead == 0xf4 && byte(1) > 0x8f))
        return 0;
    return length;
}

Result<std::string> read_all(int fd, const std::string& name, std::size_t limit) {
    std::string text;
    char buffer[16'384];
    for (;;) {
        const ssize_t got = ::read(fd, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(contracts::system_error(errno, "read " + name));
        if (got == 0) return text;
        text.append(buffer, static_cast<std::size_t>(got));
        if (text.size() > limit)
            return fail(ErrorKind::invalid,
                        name + " has more than " + std::to_string(limit) + " bytes");
    }
}

}  // namespace

Result<void> check_identifier(std::string_view field, std::string_view value) {
    const std::string name(field);
    if (value.empty()) return fail(ErrorKind::invalid, "must not be empty", name);
    if (value.size() > kMaxIdentifier)
        return fail(ErrorKind::invalid,
                    "must have 1 to " + std::to_string(kMaxIdentifier) + " bytes, not " +
                        std::to_string(value.size()),
                    name);
    if (value == "." || value == ".." || !std::ranges::all_of(value, is_identifier_character))
        return fail(ErrorKind::invalid,
                    "must be an identifier of letters, digits and . _ : @ -, not " +
                        contracts::shape_of_text(value) + " with others",
                    name);
    return {};
}

Result<void> check_text(std::string_view field, std::string_view value) {
    for (std::size_t i = 0; i < value.size();) {
        const std::size_t length = sequence_length(value.substr(i));
        if (length == 0 || value[i] == '\0')
            return fail(ErrorKind::invalid,
                        "must be UTF-8 text without NUL, byte " + std::to_string(i) + " is not",
                        std::string(field));
        i += length;
    }
    return {};
}

Result<std::int64_t> parse_number(std::string_view field, std::string_view value, std::int64_t low,
                                  std::int64_t high) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size() || number < low || number > high)
        return fail(ErrorKind::invalid,
                    "must be a whole number from " + std::to_string(low) + " to " +
                        std::to_string(high) + ", not " + contracts::shape_of_number(value, low),
                    std::string(field));
    return number;
}

Result<std::vector<std::string>> split_list(std::string_view field, std::string_view value) {
    std::vector<std::string> entries;
    for (;;) {
        const std::size_t comma = std::min(value.find(','), value.size());
        const std::string_view entry = value.substr(0, comma);
        const std::string place = std::string(field) + '[' + std::to_string(entries.size()) + ']';
        if (entry.empty()) return fail(ErrorKind::invalid, "must not be empty", place);
        if (std::ranges::find(entries, entry) != entries.end())
            return fail(ErrorKind::invalid, "is named twice", place);
        entries.emplace_back(entry);
        if (comma == value.size()) return entries;
        value.remove_prefix(comma + 1);
    }
}

Result<std::string> read_spec_file(const std::string& path, int stdin_fd) {
    return read_text_file("spec", path, stdin_fd, kMaxSpecBytes);
}

Result<std::string> read_text_file(std::string_view field, const std::string& path, int stdin_fd,
                                   std::size_t limit) {
    Result<std::string> text;
    if (path == "-") {
        text = read_all(stdin_fd, "standard input", limit);
    } else {
        const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
        if (!file.valid())
            text = fail(contracts::system_error(errno, "open " + path));
        else
            text = read_all(file.get(), path, limit);
    }
    if (text) return text;
    Error error = std::move(text.error());
    error.kind = ErrorKind::invalid;
    error.field = field;
    return fail(std::move(error));
}

}  // namespace cli
