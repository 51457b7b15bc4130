#include "control/images/build_log.h"

#include "control/runtime/docker/engine.h"

namespace control::images {

using contracts::Json;
using docker::member;
using docker::text_at;

namespace {

constexpr std::size_t kKeptLines = 15;
constexpr std::size_t kLongestLine = 500;

// Terminal sequences and carriage returns are useless in a log.
std::string plain(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\x1b' && i + 1 < text.size() && text[i + 1] == '[') {
            i += 2;
            while (i < text.size() && (text[i] < '@' || text[i] > '~'))
                ++i;
        } else if (static_cast<unsigned char>(text[i]) >= ' ' || text[i] == '\t') {
            out.push_back(text[i]);
        }
        if (out.size() >= kLongestLine) break;
    }
    return out;
}

}  // namespace

void BuildLog::take(std::string_view json_line, const std::function<void(std::string_view)>& line) {
    const auto entry = contracts::parse_json(json_line);
    if (!entry) return;
    if (const std::string text = text_at(*entry, "stream"); !text.empty()) take_text(text, line);
    // The progress of a pull is meant for terminals and comes many times a second.
    if (member(*entry, "progressDetail").empty())
        if (const std::string status = text_at(*entry, "status"); !status.empty())
            take_line(status, line);
    if (const std::string error = text_at(*entry, "error"); !error.empty()) error_ = plain(error);
}

void BuildLog::take_text(std::string_view text, const std::function<void(std::string_view)>& line) {
    unfinished_.append(text);
    std::size_t end = 0;
    while ((end = unfinished_.find('\n')) != std::string::npos) {
        take_line(unfinished_.substr(0, end), line);
        unfinished_.erase(0, end + 1);
    }
    if (unfinished_.size() > kLongestLine) take_line(std::exchange(unfinished_, {}), line);
}

void BuildLog::take_line(std::string line, const std::function<void(std::string_view)>& report) {
    line = plain(line);
    if (line.empty()) return;
    const std::size_t colon = line.find(" : ");
    if (line.starts_with("Step ") && colon != std::string::npos) {
        step_ = "step " + line.substr(5, colon - 5) + " (" + line.substr(colon + 3) + ")";
        last_.clear();
    } else {
        last_.push_back(line);
        if (last_.size() > kKeptLines) last_.pop_front();
    }
    if (report) report(line);
}

std::string BuildLog::describe() const {
    std::string text = step_.empty() ? error_ : step_ + ": " + error_;
    for (const std::string& line : last_)
        text.append("\n").append(line);
    return text;
}

}  // namespace control::images
