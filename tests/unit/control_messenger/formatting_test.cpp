// An agent's Markdown converted to Telegram's entities.
#include "control/messenger/telegram/formatting.h"

#include "control/messenger/telegram/utf16.h"

#include <catch2/catch_test_macros.hpp>
#include <random>

namespace control::telegram {

namespace {

// Writes entities as marks, so that an expectation fits on one line: "<bold>text</>".
std::string shown(const FormattedText& text) {
    std::string out;
    for (std::size_t at = 0; at <= text.text.size(); ++at) {
        for (const Entity& entity : text.entities)
            if (entity.offset + entity.length == at) out += "</>";
        for (const Entity& entity : text.entities)
            if (entity.offset == at)
                out += "<" + std::string(to_text(entity.style)) +
                       (entity.detail.empty() ? "" : " " + entity.detail) + ">";
        if (at < text.text.size()) {
            const std::size_t width =
                is_high_surrogate(text.text[at]) && at + 1 < text.text.size() ? 2 : 1;
            out += to_utf8(std::u16string_view(text.text).substr(at, width));
            at += width - 1;
        }
    }
    return out;
}

std::string shown(std::string_view markdown) {
    return shown(format_markdown(markdown));
}

void check_sound(const FormattedText& text) {
    for (std::size_t i = 0; i < text.entities.size(); ++i) {
        const Entity& one = text.entities[i];
        REQUIRE(one.length > 0);
        REQUIRE(one.offset + one.length <= text.text.size());
        const auto splits = [&](std::size_t at) {
            return at > 0 && at < text.text.size() && is_high_surrogate(text.text[at - 1]) &&
                   is_low_surrogate(text.text[at]);
        };
        REQUIRE_FALSE(splits(one.offset));
        REQUIRE_FALSE(splits(one.offset + one.length));
        if (i + 1 == text.entities.size()) break;
        // The entities are sorted, but comparing neighbours is not enough: an entity may also
        // overlap a later one.
        for (std::size_t j = i + 1; j < text.entities.size(); ++j) {
            const Entity& other = text.entities[j];
            REQUIRE(other.offset >= one.offset);
            const bool apart = other.offset >= one.offset + one.length;
            const bool inside = other.offset + other.length <= one.offset + one.length;
            REQUIRE((apart || inside));
            const auto is_code = [](Style style) {
                return style == Style::code || style == Style::pre;
            };
            if (!apart) REQUIRE_FALSE((is_code(one.style) || is_code(other.style)));
        }
    }
}

}  // namespace

TEST_CASE("emphasis, code and links become entities") {
    CHECK(shown("plain") == "plain");
    CHECK(shown("**bold** and *italic* and ~~gone~~") ==
          "<bold>bold</> and <italic>italic</> and <strikethrough>gone</>");
    CHECK(shown("run `make test` now") == "run <code>make test</> now");
    CHECK(shown("``a ` b``") == "<code>a ` b</>");
    CHECK(shown("`` `x` ``") == "<code>`x`</>");
    CHECK(shown("see [the page](https://example.org/a(b)c?d=1)!") ==
          "see <text_link https://example.org/a(b)c?d=1>the page</>!");
    CHECK(shown("***both***") == "<italic><bold>both</></>");
    CHECK(shown("**bold *and italic***") == "<bold>bold <italic>and italic</></>");
    CHECK(shown("**bold [link](http://a.b) on**") ==
          "<bold>bold <text_link http://a.b>link</> on</>");
    CHECK(shown("\xd0\xbf**\xd1\x80**\xd0\xb8") == "\xd0\xbf<bold>\xd1\x80</>\xd0\xb8");
}

TEST_CASE("nothing lies inside code, and code not inside a link") {
    CHECK(shown("**a `b` c**") == "<bold>a </><code>b</><bold> c</>");
    CHECK(shown("`**not bold**`") == "<code>**not bold**</>");
    CHECK(shown("[`x`](https://a.b)") == "<text_link https://a.b>x</>");
    CHECK(shown("## Run `make`") == "<bold>Run </><code>make</>");
}

TEST_CASE("what has no partner stays as it is written") {
    for (const char* text : {"2 * 3 * 4",
                             "2*3*4",
                             "a**b**c",
                             "**open",
                             "close**",
                             "`open",
                             "~~x",
                             "~a~",
                             "****",
                             "snake_case_name and __init__",
                             "[text]",
                             "[text](no url)",
                             "[x](javascript:alert(1))",
                             "[x](ftp://a)",
                             "[x](http://)",
                             "[x](https://a b)",
                             "](https://a)",
                             "- item\n- *",
                             "> quote",
                             "| a | b |",
                             "#hashtag",
                             "####### seven",
                             "*.cpp and *.h"})
        CHECK(shown(text) == text);
    CHECK(shown("**a [b** c](http://d)") == "<bold>a [b</> c](http://d)");
    CHECK(shown("[a **b](http://d) c**") == "<text_link http://d>a **b</> c**");
    CHECK(shown("**one\n\ntwo**") == "**one\n\ntwo**");
    CHECK(shown("**one\ntwo**") == "<bold>one\ntwo</>");
    CHECK(shown("[a [b](http://c)](http://d)") == "[a <text_link http://c>b</>](http://d)");
}

TEST_CASE("a backslash takes a mark its meaning") {
    CHECK(shown("\\*not italic\\*") == "*not italic*");
    CHECK(shown("\\[x](http://a)") == "[x](http://a)");
    CHECK(shown("C:\\dir\\file") == "C:\\dir\\file");
    CHECK(shown("`\\*`") == "<code>\\*</>");
    CHECK(shown("end\\") == "end\\");
}

TEST_CASE("fenced blocks and headings are whole lines") {
    CHECK(shown("before\n```python\nprint(\"**x**\")\n\nprint()\n```\nafter") ==
          "before\n<pre python>print(\"**x**\")\n\nprint()</>\nafter");
    CHECK(shown("```\na\n") == "<pre>a</>\n");
    CHECK(shown("~~~\n```\n~~~") == "<pre>```</>\n");
    CHECK(shown("1. do\n   ```sh\n   ls\n   ```") == "1. do\n<pre sh>   ls</>\n");
    CHECK(shown("```\n```\nx") == "x");
    CHECK(shown("```inline``` stays inline") == "<code>inline</> stays inline");
    CHECK(shown("# Title\ntext") == "<bold>Title</>\ntext");
    CHECK(shown("### **Bold** title") == "<bold>Bold title</>");
}

TEST_CASE("places are counted in UTF-16 units") {
    const FormattedText text =
        format_markdown("\xf0\x9f\x9a\x80 **\xf0\x9f\x9a\x80** \xc3\xa9 `x`");
    REQUIRE(text.entities.size() == 2);
    CHECK(text.entities[0] == Entity{Style::bold, 3, 2});
    CHECK(text.entities[1] == Entity{Style::code, 8, 1});
}

TEST_CASE("text that is not UTF-8 is text all the same") {
    CHECK(to_utf8(to_utf16("a\xff\xc3(\xed\xa0\x80\xf4\x90\x80\x80\xc0\x80z")) ==
          "a\xef\xbf\xbd\xef\xbf\xbd("
          "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
          "\xef\xbf\xbd\xef\xbf\xbdz");
    CHECK(to_utf8(to_utf16(std::string_view("a\0b", 3))) ==
          "a\xef\xbf\xbd"
          "b");
    CHECK(to_utf8(u"\xd83d") == "\xef\xbf\xbd");
    const std::string good = "h\xc3\xa9llo \xe2\x82\xac \xf0\x9f\x9a\x80";
    CHECK(to_utf8(to_utf16(good)) == good);
}

TEST_CASE("whatever an agent writes, its entities are sound and its words are all there") {
    const char* pieces[] = {"*",
                            "**",
                            "***",
                            "`",
                            "``",
                            "```\n",
                            "~~",
                            "[",
                            "](http://a.b)",
                            "](",
                            "\\",
                            "\n",
                            "\n\n",
                            "# ",
                            "word",
                            " ",
                            "\xf0\x9f\x9a\x80",
                            "\xff",
                            "_",
                            "```c++\n",
                            "~~~\n",
                            "1",
                            ")"};
    std::mt19937 random(7);
    for (int round = 0; round < 4000; ++round) {
        std::string markdown;
        const int count = static_cast<int>(random() % 40);
        std::size_t words = 0;
        for (int i = 0; i < count; ++i) {
            const std::string_view piece = pieces[random() % std::size(pieces)];
            if (piece == "word") ++words;
            markdown += piece;
        }
        INFO(markdown);
        const FormattedText text = format_markdown(markdown);
        check_sound(text);
        const std::string plain = to_utf8(text.text);
        std::size_t found = 0;
        for (std::size_t at = plain.find("word"); at != std::string::npos;
             at = plain.find("word", at + 1))
            ++found;
        // A word after a fence is its language or is dropped, so words may be missing there.
        if (markdown.find("```") == std::string::npos && markdown.find("~~~") == std::string::npos)
            CHECK(found == words);
        CHECK(found <= words);
    }
}

TEST_CASE("the worst of marks takes no time worth a name") {
    for (const char* piece : {"*a ", "**a ", "[", "](", "](http://a", "`", "` ``", "~~a ", "[a](",
                              "*a **b ", "\\", "***", "#", "```\n"}) {
        std::string markdown;
        while (markdown.size() < 200'000)
            markdown += piece;
        // In quadratic time this would take minutes, and the suite's time limit would fail.
        CHECK(format_markdown(markdown).text.size() <= markdown.size());
    }
}

}  // namespace control::telegram
