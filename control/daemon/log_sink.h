// The daemon's log lines leave through spdlog, behind the interface that all three programs log to.
#pragma once

#include "contracts/base/log.h"

#include <memory>
#include <string>

namespace spdlog {
class logger;
}

namespace control {

// To standard error, each line flushed when it is a warning or worse.
class SpdlogSink final : public contracts::LogSink {
public:
    SpdlogSink();
    ~SpdlogSink() override;
    void write(contracts::LogLevel level, std::string_view line) override;

private:
    std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace control
