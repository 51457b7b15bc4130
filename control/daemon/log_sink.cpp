#include "control/daemon/log_sink.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <mutex>

namespace control {

namespace {

constexpr std::pair<contracts::LogLevel, spdlog::level::level_enum> kLevels[] = {
    {contracts::LogLevel::debug, spdlog::level::debug},
    {contracts::LogLevel::info, spdlog::level::info},
    {contracts::LogLevel::warning, spdlog::level::warn},
    {contracts::LogLevel::error, spdlog::level::err},
};

spdlog::level::level_enum to_spdlog(contracts::LogLevel level) {
    for (const auto& [ours, theirs] : kLevels)
        if (ours == level) return theirs;
    return spdlog::level::err;
}

contracts::LogLevel to_ours(spdlog::level::level_enum level) {
    for (const auto& [ours, theirs] : kLevels)
        if (theirs == level) return ours;
    return contracts::LogLevel::error;
}

// spdlog's own sinks wait for a reader that does not read, and every thread that logs would wait
// with them.
class NonBlockingSink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    explicit NonBlockingSink(std::shared_ptr<contracts::DescriptorSink> lines)
        : lines_(std::move(lines)) {}

private:
    void sink_it_(const spdlog::details::log_msg& message) override {
        lines_->write(to_ours(message.level), {message.payload.data(), message.payload.size()});
    }
    void flush_() override {}

    std::shared_ptr<contracts::DescriptorSink> lines_;
};

}  // namespace

SpdlogSink::SpdlogSink(int fd)
    : lines_(std::make_shared<contracts::DescriptorSink>(fd)),
      logger_(std::make_shared<spdlog::logger>("orchestratord",
                                               std::make_shared<NonBlockingSink>(lines_))) {
    logger_->set_level(spdlog::level::debug);
}

SpdlogSink::~SpdlogSink() = default;

void SpdlogSink::write(contracts::LogLevel level, std::string_view line) {
    logger_->log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace control
