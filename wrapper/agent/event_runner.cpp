#include "wrapper/agent/event_runner.h"

namespace wrapper {

namespace {

using contracts::Json;
using contracts::text_at;

constexpr std::size_t kLongestStep = 64 << 10;
constexpr std::size_t kShownStep = 160;

bool has_one(std::string_view line, std::span<const std::string_view> marks) {
    for (const std::string_view mark : marks)
        if (line.find(mark) != std::string_view::npos) return true;
    return false;
}

// A \uXXXX at `at`: its number, or -1.
int escape_at(std::string_view text, std::size_t at) {
    if (text.size() < at + 6 || text[at] != '\\' || text[at + 1] != 'u') return -1;
    int number = 0;
    for (const char digit : text.substr(at + 2, 4)) {
        const std::size_t value =
            std::string_view("0123456789abcdef").find(static_cast<char>(digit | 0x20));
        if (value == std::string_view::npos) return -1;
        number = number * 16 + static_cast<int>(value);
    }
    return number;
}

void mend_surrogates(std::string& text) {
    for (std::size_t at = text.find('\\'); at != std::string::npos; at = text.find('\\', at)) {
        const int unit = escape_at(text, at);
        if (unit < 0) {
            at += 2;
            continue;
        }
        const int next = escape_at(text, at + 6);
        const bool pair = unit >= 0xd800 && unit < 0xdc00 && next >= 0xdc00 && next < 0xe000;
        if (!pair && unit >= 0xd800 && unit < 0xe000) text.replace(at + 2, 4, "fffd");
        at += pair ? 12 : 6;
    }
}

}  // namespace

contracts::Result<Json> read_event(std::string_view text) {
    contracts::Result<Json> event = contracts::parse_json(text);
    if (event) return event;
    // Written as a string it comes back as UTF-8.
    const contracts::Result<Json> mended =
        contracts::parse_json(contracts::dump_json(std::string(text)));
    if (!mended) return event;
    std::string again = mended->get<std::string>();
    mend_surrogates(again);
    if (again == text) return event;
    return contracts::parse_json(again);
}

const Json& object_at(const Json& object, std::string_view key) {
    static const Json kNone = Json::object();
    const auto found = object.find(key);
    return found != object.end() && found->is_object() ? *found : kNone;
}

Json counts_of(const Json& usage, std::span<const std::string_view> names) {
    Json counts = Json::object();
    for (const std::string_view name : names)
        if (const auto count = usage.find(name); count != usage.end() && count->is_number_integer())
            counts[std::string(name)] = *count;
    return counts;
}

EventRunner::EventRunner(RunnerSettings settings, Marks marks, std::size_t longest_line)
    : settings_(std::move(settings)),
      marks_(marks),
      longest_line_(longest_line),
      lines_(longest_line) {}

void EventRunner::begin_turn(Turn turn) {
    turn_ = std::move(turn);
    report_ = Report();
    tokens_ = 0;
    lines_ = Lines(longest_line_);
    tail_ = contracts::BoundedText(kEvidence);
    errors_ = contracts::BoundedText(kEvidence);
    progress_.reset();
}

void EventRunner::output(std::string_view bytes) {
    tail_.append(bytes);
    lines_.feed(bytes, [this](std::string_view line) { take_line(line); });
}

void EventRunner::take_line(std::string_view line) {
    const bool matters = has_one(line, marks_.results) ||
                         (line.size() <= kLongestStep && has_one(line, marks_.steps));
    if (!matters) return;
    const contracts::Result<Json> event = read_event(line);
    if (event && event->is_object()) on_event(*event, text_at(*event, "type"));
}

Report EventRunner::report() {
    lines_.finish([this](std::string_view line) { take_line(line); });
    conclude();
    // The last line is the one with the result: an earlier one is none.
    if (lines_.last_was_skipped() && !report_.complete) report_.text.reset();
    report_.lost_lines = lines_.skipped();
    report_.output_tail = tail_.tail(kEvidence);
    report_.error_tail = error_tail();
    return std::move(report_);
}

std::optional<Progress> EventRunner::progress() {
    std::optional<Progress> progress;
    progress.swap(progress_);
    return progress;
}

void EventRunner::tell(std::string step, std::string_view what) {
    if (step.empty()) return;
    progress_.emplace();
    progress_->message = step;
    if (!what.empty()) progress_->message.append(": ").append(what.substr(0, kShownStep));
    progress_->step = std::move(step);
    progress_->tokens = tokens_;
}

void EventRunner::take_session(const Json& event, std::string_view key) {
    std::string id = text_at(event, key);
    if (takes_session(id)) report_.session_id = std::move(id);
}

bool EventRunner::printed_nothing() const {
    return tail_.total() == 0 && errors_.total() == 0;
}

}  // namespace wrapper
