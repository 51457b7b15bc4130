// The engine's output while it builds or pulls: one JSON object on each line.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace control::images {

// Keeps what a person needs if the build fails: the step and the end of its output.
class BuildLog {
public:
    // Receives the output line by line, without colours.
    void take(std::string_view json_line, const std::function<void(std::string_view)>& line);

    [[nodiscard]] bool failed() const { return !error_.empty(); }
    // "step 4/9 (RUN make): The command … returned a non-zero code: 2", and the last lines.
    [[nodiscard]] std::string describe() const;

private:
    void take_text(std::string_view text, const std::function<void(std::string_view)>& line);
    void take_line(std::string line, const std::function<void(std::string_view)>& report);

    std::string step_;
    std::string error_;
    std::string unfinished_;
    std::deque<std::string> last_;
};

}  // namespace control::images
