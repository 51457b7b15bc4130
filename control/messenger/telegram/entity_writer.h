// Writes a text together with the entities that are open at each position.
#pragma once

#include "control/messenger/telegram/formatting.h"

#include <array>

namespace control::telegram {

class EntityWriter {
public:
    void text(std::u16string_view more) { out_.text.append(more); }
    // Opening a style inside itself changes nothing.
    void open(Style style);
    void close(Style style);
    void open_link(std::string url);
    void close_link();
    [[nodiscard]] bool in_link() const {
        return open_[static_cast<std::size_t>(Style::text_link)].depth > 0;
    }
    // For code and pre: open styles end before it and start again after it.
    void enclosed(Style style, std::u16string_view content, const std::string& detail = {});

    [[nodiscard]] FormattedText take();

private:
    struct Open {
        int depth = 0;
        std::size_t since = 0;
        std::string detail{};
    };
    static constexpr std::size_t kStyles = 6;

    void add(std::size_t style);

    std::array<Open, kStyles> open_{};  // indexed by Style
    FormattedText out_{};
};

}  // namespace control::telegram
