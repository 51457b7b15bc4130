#include "wrapper/agent/event_runner.h"

namespace wrapper {

namespace {

using contracts::Json;
using contracts::text_at;

constexpr std::size_t kShownStep = 160;

}  // namespace

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

EventRunner::EventRunner(RunnerSettings settings, std::size_t longest_line)
    : settings_(std::move(settings)), longest_line_(longest_line), lines_(longest_line) {}

void EventRunner::begin_turn(Turn turn) {
    turn_ = std::move(turn);
    report_ = Report();
    tokens_ = 0;
    lines_ = Lines(longest_line_);
    tail_ = contracts::BoundedText(kEvidence);
    errors_ = contracts::BoundedText(kEvidence);
    progress_.reset();
    answered_ = false;
    looked_at_ = 0;
}

void EventRunner::output(std::string_view bytes) {
    tail_.append(bytes);
    lines_.feed(bytes, [this](std::string_view line) { take_line(line); });
}

void EventRunner::take_line(std::string_view line) {
    if (line.find('{') == std::string_view::npos) return;
    std::string plain;
    if (line.find('\x1b') != std::string_view::npos) line = plain = without_escapes(line);
    if (const contracts::Result<Json> event = read_event(line)) {
        if (event->is_object()) on_event(*event, text_at(*event, "type"));
        return;
    }
    for (std::string_view object = next_object(line); !object.empty(); object = next_object(line))
        if (const contracts::Result<Json> event = read_event(object))
            on_event(*event, text_at(*event, "type"));
}

// The last line may lack its line feed.
bool EventRunner::has_answer(Moment moment) {
    if (moment != Moment::speaking && !answered_ && looked_at_ != tail_.total()) {
        looked_at_ = tail_.total();
        if (read_event(without_escapes(lines_.partial())))
            lines_.finish([this](std::string_view line) { take_line(line); });
    }
    return answered_;
}

Report EventRunner::report() {
    lines_.finish([this](std::string_view line) { take_line(line); });
    conclude();
    // Only the last line is the result; earlier ones are not.
    if (lines_.last_was_skipped() && !report_.complete) report_.text.reset();
    report_.complete |= answered_ && report_.text && report_.error.empty();
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
