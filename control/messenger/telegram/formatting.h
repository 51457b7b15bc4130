// The Markdown that agents write, as Telegram's message entities: no character of an agent's text
// can make a message that Telegram refuses, as it can with a parse_mode.
//
// Translated: **bold**, *italic*, ~~struck~~, `code`, fenced blocks (with their language),
// [links](https://…) to http and https, and headings, as bold lines. Everything else stays as it is
// written, and so does a mark without its partner: underscores (names in code have them), lists,
// quotes, tables. Pure, in time linear in the text's length, for any bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace control::telegram {

enum class Style { bold, italic, strikethrough, code, pre, text_link };
// As Telegram names it.
[[nodiscard]] std::string_view to_text(Style style);

// Entities lie inside each other or apart, and none inside code or pre.
struct Entity {
    Style style = Style::bold;
    std::size_t offset = 0;  // in UTF-16 units, as `length`
    std::size_t length = 0;
    std::string detail{};  // the URL of a link, the language of a pre

    friend bool operator==(const Entity&, const Entity&) = default;
};

struct FormattedText {
    std::u16string text;
    std::vector<Entity> entities{};  // by offset, the longest first
};

[[nodiscard]] FormattedText format_markdown(std::string_view markdown);
// The text as it is.
[[nodiscard]] FormattedText format_plain(std::string_view text);

}  // namespace control::telegram
