// Converts the Markdown that agents write to Telegram's message entities: no character of an
// agent's text can lead to a message that Telegram refuses, as it can with a parse_mode.
//
// Supported: **bold**, *italic*, ~~struck~~, `code`, fenced blocks (with their language),
// [links](https://…) to http and https, and headings, as bold lines. Everything else stays as it
// is, as does a mark without its partner: underscores (names in code have them), lists, quotes,
// tables. Pure, in time linear in the text's length, for any bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace control::telegram {

enum class Style { bold, italic, strikethrough, code, pre, text_link };
// Telegram's name for it.
[[nodiscard]] std::string_view to_text(Style style);

// Entities are nested or disjoint, and none is inside code or pre.
struct Entity {
    Style style = Style::bold;
    std::size_t offset = 0;  // in UTF-16 units, like `length`
    std::size_t length = 0;
    std::string detail{};  // the URL of a link, the language of a pre

    friend bool operator==(const Entity&, const Entity&) = default;
};

struct FormattedText {
    std::u16string text;
    std::vector<Entity> entities{};  // by offset, the longest first
};

[[nodiscard]] FormattedText format_markdown(std::string_view markdown);
// The text unchanged.
[[nodiscard]] FormattedText format_plain(std::string_view text);

}  // namespace control::telegram
