// Sends the daemon's log lines through spdlog, behind the interface that all three programs log to.
#pragma once

#include "contracts/base/log.h"

#include <memory>
#include <string_view>

namespace spdlog {
class logger;
}

namespace control {

// Writes to a descriptor without ever waiting: a line without room is dropped and counted. Thread:
// from any thread.
class SpdlogSink final : public contracts::LogSink {
public:
    explicit SpdlogSink(int fd);
    ~SpdlogSink() override;
    void write(contracts::LogLevel level, std::string_view line) override;
    [[nodiscard]] std::uint64_t take_dropped() override { return lines_->take_dropped(); }

private:
    std::shared_ptr<contracts::DescriptorSink> lines_;
    std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace control
