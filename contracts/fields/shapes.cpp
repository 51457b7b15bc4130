#include "contracts/fields/field_list.h"

namespace contracts {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}

bool is_identifier(std::string_view text) {
    for (const char c : text)
        if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) return false;
    return true;
}

bool is_name(std::string_view text) {
    if (text.empty() || !is_lower(text.front())) return false;
    for (const char c : text)
        if (!is_lower(c) && !is_digit(c) && c != '_' && c != '-') return false;
    return true;
}

bool is_commit(std::string_view text) {
    if (text.size() != 40 && text.size() != 64) return false;
    for (const char c : text)
        if (!is_digit(c) && (c < 'a' || c > 'f')) return false;
    return true;
}

}  // namespace

const Bounds kIdentifier{
    1, 255, {R"(^[^\u0000-\u0020\u007f]+$)", is_identifier, "an identifier without blanks", true}};
const Bounds kName{1,
                   63,
                   {"^[a-z][a-z0-9_-]{0,62}$", is_name,
                    "a lower-case letter, then at most 62 of a-z 0-9 _ -", false}};
const Bounds kCommit{
    40, 64, {"^([0-9a-f]{40}|[0-9a-f]{64})$", is_commit, "40 or 64 hexadecimal digits", false}};

}  // namespace contracts
