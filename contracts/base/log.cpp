#include "contracts/base/log.h"

#include "contracts/base/json.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cerrno>

namespace contracts {

namespace {

constexpr std::string_view kLevelNames[] = {"DEBUG", "INFO", "WARNING", "ERROR"};

bool equals_ignoring_case(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if ((a[i] | 0x20) != (b[i] | 0x20)) return false;
    return true;
}

void append_value(std::string& out, const LogValue& value) {
    if (const auto* text = std::get_if<std::string_view>(&value))
        append_json(out, *text);
    else if (const auto* number = std::get_if<std::int64_t>(&value))
        out += std::to_string(*number);
    else
        out += std::get<bool>(value) ? "true" : "false";
}

void append_field(std::string& out, LogFormat format, const LogField& field) {
    if (format == LogFormat::json) {
        out += ',';
        append_json(out, field.name);
        out += ':';
    } else {
        out += ' ';
        out += field.name;
        out += '=';
    }
    append_value(out, field.value);
}

}  // namespace

std::optional<LogLevel> parse_log_level(std::string_view text) {
    for (std::size_t i = 0; i < std::size(kLevelNames); ++i)
        if (equals_ignoring_case(text, kLevelNames[i])) return static_cast<LogLevel>(i);
    return std::nullopt;
}

std::optional<LogFormat> parse_log_format(std::string_view text) {
    if (equals_ignoring_case(text, "json")) return LogFormat::json;
    if (equals_ignoring_case(text, "console")) return LogFormat::console;
    return std::nullopt;
}

void DescriptorSink::write(LogLevel, std::string_view line) {
    constexpr std::string_view kCut = "…[cut]";
    std::string whole;
    if (line.size() < kMaxLogLine)
        whole.assign(line);
    else
        whole.append(line.substr(0, kMaxLogLine - kCut.size() - 1)).append(kCut);
    whole += '\n';
    ssize_t written = ::send(fd_, whole.data(), whole.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (written < 0 && errno == ENOTSOCK && takes_a_line())
        written = ::write(fd_, whole.data(), whole.size());
    if (written == static_cast<ssize_t>(whole.size())) return;
    dropped_.fetch_add(1);
    untold_.fetch_add(1);
}

bool DescriptorSink::takes_a_line() const {
    pollfd ready{fd_, POLLOUT, 0};
    return ::poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT) != 0;
}

std::uint64_t DescriptorSink::take_dropped() {
    return untold_.load() > 0 && takes_a_line() ? untold_.exchange(0) : 0;
}

int log_descriptor() {
    if (::isatty(STDERR_FILENO) != 1) return STDERR_FILENO;
    const int own = ::open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    return own < 0 ? STDERR_FILENO : own;
}

Log::Log(std::shared_ptr<LogSink> sink, LogLevel level, LogFormat format, std::string service)
    : sink_(std::move(sink)), level_(level), format_(format), service_(std::move(service)) {}

Log Log::with(std::string_view name, std::string_view value) const {
    Log child = *this;
    append_field(child.carried_, format_, LogField(name, value));
    return child;
}

void Log::debug(std::string_view event, std::initializer_list<LogField> fields) const {
    write(LogLevel::debug, event, fields);
}
void Log::info(std::string_view event, std::initializer_list<LogField> fields) const {
    write(LogLevel::info, event, fields);
}
void Log::warning(std::string_view event, std::initializer_list<LogField> fields) const {
    write(LogLevel::warning, event, fields);
}
void Log::error(std::string_view event, std::initializer_list<LogField> fields) const {
    write(LogLevel::error, event, fields);
}

void Log::write(LogLevel level, std::string_view event,
                std::initializer_list<LogField> fields) const {
    if (level < level_) return;
    report_dropped();
    sink_->write(level, render(level, event, fields));
}

void Log::report_dropped() const {
    if (const std::uint64_t lost = sink_->take_dropped(); lost > 0)
        sink_->write(LogLevel::warning,
                     render(LogLevel::warning, "log lines were lost: nobody read them in time",
                            {{"lines", lost}}));
}

std::string Log::render(LogLevel level, std::string_view event,
                        std::initializer_list<LogField> fields) const {
    const std::string time = format_timestamp(SystemClock().now());
    const std::string_view name = kLevelNames[static_cast<std::size_t>(level)];
    std::string line;
    if (format_ == LogFormat::json) {
        line.append("{\"timestamp\":\"").append(time).append("\",\"level\":\"").append(name);
        line.append("\",\"service\":\"").append(service_).append("\",\"event\":");
        append_json(line, event);
    } else {
        line.append(time).append(" ").append(name).append(" ").append(service_).append(" ");
        line.append(event);
    }
    line += carried_;
    for (const LogField& field : fields)
        append_field(line, format_, field);
    if (format_ == LogFormat::json) line += '}';
    return line;
}

}  // namespace contracts
