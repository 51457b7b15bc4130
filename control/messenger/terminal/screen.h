// Standard input and output of `orchestratord chat`.
//
// On a terminal: a line that is edited, with the history of earlier ones (libedit), what comes
// meanwhile above it, and progress in one place. In a pipe: a line a message, a line or more a
// reply. Text of agents is shown without its control characters. Thread: one, and one object at a
// time, for libedit has one state.
#pragma once

#include "contracts/messages/chat.h"

#include <functional>
#include <memory>
#include <string>

namespace control {

class Screen {
public:
    virtual ~Screen() = default;
    // Standard input has something; calls `on_line` for each whole line. False: it has ended.
    [[nodiscard]] virtual bool read() = 0;
    virtual void show(const contracts::ChatReply& reply) = 0;
    // A word of the program itself.
    virtual void say(std::string_view text) = 0;
    // Standard input has ended, but the answers have not all come: a pipe waits for them.
    [[nodiscard]] virtual bool waits_for_answers() const = 0;
};

using OnLine = std::function<void(std::string)>;

// On a terminal where standard input and output are one. `history`: the file of earlier lines;
// empty: none is kept.
[[nodiscard]] std::unique_ptr<Screen> make_screen(OnLine on_line, const std::string& history);

// Control characters but tabs and ends of lines become U+FFFD, so that no text steers a terminal.
[[nodiscard]] std::string printable(std::string_view text);
// At most `columns` characters, the last one "…" when some are missing.
[[nodiscard]] std::string fitting(std::string_view line, std::size_t columns);

}  // namespace control
