// How long texts are split into messages.
#include "control/messenger/telegram/split.h"

#include "control/messenger/telegram/utf16.h"

#include <catch2/catch_test_macros.hpp>
#include <random>

namespace control::telegram {

namespace {

std::vector<std::string> texts(const FormattedText& text, std::size_t most) {
    std::vector<std::string> found;
    for (const FormattedText& part : split(text, most))
        found.push_back(to_utf8(part.text));
    return found;
}

using Texts = std::vector<std::string>;

std::u16string without_blanks(std::u16string text) {
    std::erase_if(text, [](char16_t c) { return c == u' ' || c == u'\n' || c == u'\t'; });
    return text;
}

}  // namespace

TEST_CASE("a text is cut between paragraphs, else lines, else words, else where it must be") {
    CHECK(texts(format_plain("short"), 10) == Texts{"short"});
    CHECK(texts(format_plain(""), 10).empty());
    CHECK(texts(format_plain(" \n "), 10).empty());
    CHECK(texts(format_plain("one\n\ntwo three\n\nfour"), 16) == Texts{"one\n\ntwo three", "four"});
    CHECK(texts(format_plain("one\ntwo\nthree"), 9) == Texts{"one\ntwo", "three"});
    CHECK(texts(format_plain("one two three"), 9) == Texts{"one two", "three"});
    CHECK(texts(format_plain("abcdefghij"), 4) == Texts{"abcd", "efgh", "ij"});
    CHECK(texts(format_plain("a\n\nb c d e f g h i"), 12) == Texts{"a\n\nb c d e", "f g h i"});
}

TEST_CASE("no character is cut in two") {
    const std::string rocket = "\xf0\x9f\x9a\x80";
    CHECK(texts(format_plain("a" + rocket + rocket), 4) == Texts{"a" + rocket, rocket});
    CHECK(texts(format_plain(rocket + rocket), 1).size() >= 2);
}

TEST_CASE("an entity that fits lies whole in one message, and a longer one in each") {
    const FormattedText link = format_markdown("some words [a link](https://a.b) end");
    const auto parts = split(link, 14);
    REQUIRE(parts.size() == 2);
    CHECK(to_utf8(parts[0].text) == "some words");
    CHECK(to_utf8(parts[1].text) == "a link end");
    CHECK(parts[1].entities == std::vector<Entity>{{Style::text_link, 0, 6, "https://a.b"}});

    const FormattedText code = format_markdown("```sh\nline one\nline two\nline three\n```");
    const auto lines = split(code, 12);
    REQUIRE(lines.size() == 3);
    for (const FormattedText& part : lines)
        CHECK(part.entities == std::vector<Entity>{{Style::pre, 0, part.text.size(), "sh"}});
    CHECK(to_utf8(lines[1].text) == "line two");
}

TEST_CASE("a message has a hundred entities at most") {
    std::string markdown;
    for (int i = 0; i < 250; ++i)
        markdown += "`x` ";
    const auto parts = split(format_markdown(markdown));
    REQUIRE(parts.size() == 3);
    std::size_t all = 0;
    for (const FormattedText& part : parts) {
        CHECK(part.entities.size() <= kMostEntities);
        all += part.entities.size();
    }
    CHECK(all == 250);
}

TEST_CASE(
    "whatever is split, nothing is lost, nothing is too long and no entity that fits is cut") {
    const char* pieces[] = {"word ",
                            "**b c** ",
                            "`code it` ",
                            "\n",
                            "\n\n",
                            "longerwordthanmost",
                            "\xf0\x9f\x9a\x80",
                            "[li nk](https://a.b) ",
                            "```c\nx y\nz\n```\n",
                            "*i*"};
    std::mt19937 random(11);
    for (int round = 0; round < 3000; ++round) {
        std::string markdown;
        const int count = static_cast<int>(random() % 60);
        for (int i = 0; i < count; ++i)
            markdown += pieces[random() % std::size(pieces)];
        const std::size_t most = 8 + random() % 40;
        const FormattedText whole = format_markdown(markdown);
        INFO(markdown << "\nin " << most);
        std::u16string joined;
        std::size_t whole_links = 0;
        for (const FormattedText& part : split(whole, most)) {
            REQUIRE(part.text.size() <= most);
            REQUIRE(part.text.find_first_not_of(u" \n") != std::u16string::npos);
            REQUIRE_FALSE(is_low_surrogate(part.text.front()));
            REQUIRE_FALSE(is_high_surrogate(part.text.back()));
            for (const Entity& entity : part.entities) {
                REQUIRE(entity.length > 0);
                REQUIRE(entity.offset + entity.length <= part.text.size());
                if (entity.style == Style::text_link && entity.length == 5) ++whole_links;
            }
            joined += part.text;
        }
        REQUIRE(without_blanks(joined) == without_blanks(whole.text));
        std::size_t links = 0;
        for (const Entity& entity : whole.entities)
            if (entity.style == Style::text_link) ++links;
        CHECK(whole_links == links);
    }
}

}  // namespace control::telegram
