// Structured logging: one event per line, JSON for machines or a console line for people.
//
// A Log is cheap to copy and carries fields (correlation_id, worker_id …) that every line of it
// repeats. Writing never blocks and never fails: a sink that cannot take a line drops it and counts
// it, and the next line that it takes is preceded by one with the number of lost lines. Secrets do
// not belong in a field. Thread: a sink serialises its own writes; a Log may be used from any
// thread.
#pragma once

#include "contracts/base/clock.h"

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace contracts {

enum class LogLevel { debug, info, warning, error };
enum class LogFormat { json, console };

// LOG_LEVEL: DEBUG, INFO, WARNING, ERROR. LOG_FORMAT: json, console. Case does not matter.
[[nodiscard]] std::optional<LogLevel> parse_log_level(std::string_view text);
[[nodiscard]] std::optional<LogFormat> parse_log_format(std::string_view text);

class LogSink {
public:
    virtual ~LogSink() = default;
    // `line` has no line feed at its end.
    virtual void write(LogLevel level, std::string_view line) = 0;
    // How many lines were dropped and not reported yet; 0 while the sink has no room to report it.
    [[nodiscard]] virtual std::uint64_t take_dropped() { return 0; }
};

// For one thread at a time: the check for room covers one line. (The static programs have one
// thread; in the daemon spdlog's lock protects it.) Writes lines to a descriptor it does not own,
// each of at most kMaxLogLine bytes (longer ones are cut and marked), and only when the descriptor
// accepts them at once: a reader that has stopped reading must not stop us.
inline constexpr std::size_t kMaxLogLine =
    4096;  // PIPE_BUF: such a line is written whole or not at all
class DescriptorSink final : public LogSink {
public:
    explicit DescriptorSink(int fd) : fd_(fd) {}
    void write(LogLevel level, std::string_view line) override;
    [[nodiscard]] std::uint64_t take_dropped() override;
    [[nodiscard]] std::uint64_t dropped() const { return dropped_.load(); }

private:
    [[nodiscard]] bool takes_a_line() const;

    int fd_;
    std::atomic<std::uint64_t> dropped_ = 0;
    std::atomic<std::uint64_t> untold_ = 0;
};

// Standard error for a DescriptorSink. A terminal is reopened as non-blocking: the inherited
// description may be shared with other programs, and a terminal may have room for less than a line.
[[nodiscard]] int log_descriptor();

using LogValue = std::variant<std::string_view, std::int64_t, bool>;
struct LogField {
    std::string_view name;
    LogValue value;

    LogField(std::string_view name, std::string_view value) : name(name), value(value) {}
    LogField(std::string_view name, const std::string& value)
        : name(name), value(std::string_view(value)) {}
    LogField(std::string_view name, const char* value)
        : name(name), value(std::string_view(value)) {}
    LogField(std::string_view name, bool value) : name(name), value(value) {}
    template <class Integer>
        requires std::is_integral_v<Integer>
    LogField(std::string_view name, Integer value)
        : name(name), value(static_cast<std::int64_t>(value)) {}
};

class Log {
public:
    Log(std::shared_ptr<LogSink> sink, LogLevel level, LogFormat format, std::string service);

    // A log whose lines also carry `name`=`value`.
    [[nodiscard]] Log with(std::string_view name, std::string_view value) const;

    void debug(std::string_view event, std::initializer_list<LogField> fields = {}) const;
    void info(std::string_view event, std::initializer_list<LogField> fields = {}) const;
    void warning(std::string_view event, std::initializer_list<LogField> fields = {}) const;
    void error(std::string_view event, std::initializer_list<LogField> fields = {}) const;
    // Reports the lines that were dropped, if there is room for it by now. Each line does this
    // first; call it when a program ends.
    void report_dropped() const;

private:
    void write(LogLevel level, std::string_view event,
               std::initializer_list<LogField> fields) const;
    [[nodiscard]] std::string render(LogLevel level, std::string_view event,
                                     std::initializer_list<LogField> fields) const;

    std::shared_ptr<LogSink> sink_;
    LogLevel level_;
    LogFormat format_;
    std::string service_;
    std::string carried_;  // already rendered fields, each with its leading separator
};

}  // namespace contracts
