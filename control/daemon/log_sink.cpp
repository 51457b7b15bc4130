#include "control/daemon/log_sink.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace control {

namespace {

spdlog::level::level_enum to_spdlog(contracts::LogLevel level) {
    switch (level) {
        case contracts::LogLevel::debug:
            return spdlog::level::debug;
        case contracts::LogLevel::info:
            return spdlog::level::info;
        case contracts::LogLevel::warning:
            return spdlog::level::warn;
        case contracts::LogLevel::error:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

}  // namespace

SpdlogSink::SpdlogSink()
    : logger_(std::make_shared<spdlog::logger>("orchestratord",
                                               std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
    logger_->set_pattern("%v");
    logger_->set_level(spdlog::level::debug);
    logger_->flush_on(spdlog::level::debug);
}

SpdlogSink::~SpdlogSink() = default;

void SpdlogSink::write(contracts::LogLevel level, std::string_view line) {
    logger_->log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace control
