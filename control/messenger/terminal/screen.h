// Standard input and output of `orchestratord chat`.
//
// On a terminal: an editable line with the history of earlier ones (libedit); new messages appear
// above it, and progress is updated in place. In a pipe: one line per message, one or more lines
// per reply. Agents' text is shown without its control characters. Thread: one, and one object at a
// time, because libedit has a single state.
#pragma once

#include "contracts/messages/chat.h"

#include <functional>
#include <memory>
#include <string>

namespace control {

class Screen {
public:
    virtual ~Screen() = default;
    // Call when standard input is readable; calls `on_line` for each complete line. False: standard
    // input has ended.
    [[nodiscard]] virtual bool read() = 0;
    virtual void show(const contracts::ChatReply& reply) = 0;
    // Shows a message of the program itself.
    virtual void say(std::string_view text) = 0;
    // Standard input has ended, but some answers are missing: a pipe waits for them.
    [[nodiscard]] virtual bool waits_for_answers() const = 0;
};

using OnLine = std::function<void(std::string)>;

// A terminal if both standard input and output are one. `history`: the file of earlier lines;
// empty: none is kept.
[[nodiscard]] std::unique_ptr<Screen> make_screen(OnLine on_line, const std::string& history);

// Control characters except tabs and line ends become U+FFFD, so that no text can control a
// terminal.
[[nodiscard]] std::string printable(std::string_view text);
// At most `columns` characters, the last one "…" if some are missing.
[[nodiscard]] std::string fitting(std::string_view line, std::size_t columns);

}  // namespace control
