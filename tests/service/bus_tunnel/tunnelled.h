// A tunnel in its own directory, and its log.
#pragma once

#include "contracts/base/log.h"
#include "contracts/streams/connection.h"
#include "control/bus_tunnel/bus_tunnel.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace tunnel_tests {

using contracts::RedisAddress;
using contracts::Result;
using control::BusTunnel;

// The value; the test fails with the error if there is none.
template <class T>
T must(Result<T> result) {
    if (!result) FAIL(result.error().describe());
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

class Lines final : public contracts::LogSink {
public:
    void write(contracts::LogLevel, std::string_view line) override {
        const std::scoped_lock lock(guard_);
        text_.append(line).append("\n");
    }
    [[nodiscard]] std::size_t count(std::string_view words) {
        const std::scoped_lock lock(guard_);
        std::size_t found = 0;
        for (std::size_t at = text_.find(words); at != std::string::npos;
             at = text_.find(words, at + 1))
            ++found;
        return found;
    }

private:
    std::mutex guard_;
    std::string text_;
};

struct Tunnelled {
    tests::TemporaryDirectory directory;
    std::shared_ptr<Lines> lines = std::make_shared<Lines>();

    [[nodiscard]] Result<std::unique_ptr<BusTunnel>> open(
        std::function<Result<RedisAddress>()> locate, control::TlsClient tls = {}) const {
        return BusTunnel::open(
            {.path = directory / "bus.sock", .locate = std::move(locate), .tls = std::move(tls)},
            {lines, contracts::LogLevel::info, contracts::LogFormat::json, "test"});
    }
    [[nodiscard]] Result<std::unique_ptr<BusTunnel>> open(const std::string& host,
                                                          std::uint16_t port,
                                                          control::TlsClient tls) const {
        const RedisAddress there{.host = host, .port = port};
        return open([there] { return Result<RedisAddress>(there); }, std::move(tls));
    }
};

}  // namespace tunnel_tests
