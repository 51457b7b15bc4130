// Helpers for tests of streams on a real Redis.
#pragma once

#include "contracts/streams/consumer.h"
#include "contracts/streams/publisher.h"
#include "tests/support/redis_server.h"

#include <catch2/catch_test_macros.hpp>
#include <mutex>

namespace tests {

// The value; the test fails with the error if there is none.
template <class T>
T must(contracts::Result<T> result) {
    if (!result) FAIL(result.error().describe());
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

inline contracts::RedisAddress address_of(const RedisServer& server) {
    return must(contracts::RedisAddress::parse(server.url()));
}

inline contracts::Connection dial(const RedisServer& server) {
    return must(contracts::Connection::dial(address_of(server)));
}

class RememberedLines final : public contracts::LogSink {
public:
    void write(contracts::LogLevel, std::string_view line) override {
        const std::lock_guard lock(mutex_);
        lines_.append(line).append("\n");
    }
    [[nodiscard]] bool tell(std::string_view text) const {
        const std::lock_guard lock(mutex_);
        return lines_.find(text) != std::string::npos;
    }

private:
    mutable std::mutex mutex_;
    std::string lines_;
};

inline contracts::Log log_to(std::shared_ptr<contracts::LogSink> sink) {
    return {std::move(sink), contracts::LogLevel::debug, contracts::LogFormat::json, "test"};
}

// A consumer with its own connection.
struct Reader {
    contracts::Connection connection;
    std::shared_ptr<RememberedLines> lines = std::make_shared<RememberedLines>();
    contracts::SystemClock clock{};
    contracts::Consumer consumer;

    Reader(const RedisServer& server, contracts::ConsumerSettings settings)
        : connection(dial(server)),
          consumer(connection, std::move(settings), clock, log_to(lines)) {
        must(consumer.start());
    }
    Reader(const Reader&) = delete;

    // The next entry; the test fails if none comes.
    contracts::Entry next(std::chrono::milliseconds wait = std::chrono::seconds(10)) {
        auto entry = must(consumer.next(wait));
        if (!entry) FAIL("no entry came");
        return std::move(*entry);
    }
    bool nothing_comes() { return !must(consumer.next(std::chrono::milliseconds(0))).has_value(); }
};

inline contracts::ConsumerSettings settings_of(std::string stream, std::string name) {
    contracts::ConsumerSettings settings;
    settings.streams = {std::move(stream)};
    settings.group = "workers";
    settings.name = std::move(name);
    settings.service = "test";
    return settings;
}

inline std::int64_t number(contracts::Connection& connection,
                           std::initializer_list<std::string_view> command) {
    return must(connection.command(command)).view().integer();
}

// The number of pending entries in the group.
inline std::int64_t pending(contracts::Connection& connection, std::string_view stream) {
    return must(connection.command({"XPENDING", stream, "workers"})).view()[0].integer();
}

}  // namespace tests
