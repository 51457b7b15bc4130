// The address of a Redis server: redis://[user:password@]host[:port][/db], rediss:// (refused with
// a clear error: no TLS here yet), or unix://[user:password@]/path[?db=n].
#pragma once

#include "contracts/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace contracts {

struct RedisAddress {
    std::string host{};  // empty: `path` is a unix socket
    std::uint16_t port = 6379;
    std::string path{};
    std::string user{};
    std::string password{};
    int database = 0;

    // Fails with `invalid`; the error never repeats the password.
    [[nodiscard]] static Result<RedisAddress> parse(std::string_view url);
    // The URL that `parse` reads, with the password: only for those who may have it.
    [[nodiscard]] std::string url() const;
    // For logs and messages: without user and password.
    [[nodiscard]] std::string display() const;
};

}  // namespace contracts
