#include "control/bus_tunnel/sentinels.h"

#include "contracts/base/number.h"
#include "contracts/streams/connection.h"

#include <map>

namespace control {

using contracts::Connection;
using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::RedisAddress;
using contracts::Result;

namespace {

constexpr std::chrono::milliseconds kSentinelLimit{1000};

struct Named {
    std::string host;
    std::uint16_t port = 0;
    friend auto operator<=>(const Named&, const Named&) = default;
};

Result<Named> ask(const RedisAddress& sentinel, const std::string& master) {
    Result<Connection> connection = Connection::dial(sentinel, kSentinelLimit);
    if (!connection) return connection.fault();
    const auto reply =
        connection->command({"SENTINEL", "get-master-addr-by-name", master}, kSentinelLimit);
    if (!reply) {
        Error error = std::move(reply.error()).context("the Sentinel at " + sentinel.display());
        error.field = "REDIS_URL";
        return fail(std::move(error));
    }
    const contracts::ReplyView named = reply->view();
    if (named.is_nil())
        return fail(ErrorKind::fatal, "Sentinel knows no master named \"" + master + "\"",
                    "REDIS_URL", "use the name of `sentinel monitor`");
    const auto port = contracts::whole_number(named[1].text(), 1, 65535);
    if (named[0].text().empty() || !port)
        return fail(ErrorKind::transient, "Sentinel's answer is not an address", "REDIS_URL");
    return Named{std::string(named[0].text()), static_cast<std::uint16_t>(*port)};
}

}  // namespace

Result<RedisAddress> Sentinels::find_master() const {
    std::map<Named, std::size_t> votes;
    std::size_t answered = 0, most = 0, second = 0;
    Named winner;
    std::optional<Error> last;
    for (const RedisAddress& sentinel : at_) {
        Result<Named> named = ask(sentinel, master_);
        if (!named) {
            last = std::move(named.error());
            continue;
        }
        ++answered;
        const std::size_t count = ++votes[*named];
        if (2 * count > at_.size()) return RedisAddress{.host = named->host, .port = named->port};
    }
    for (const auto& [named, count] : votes)
        if (count > most) {
            second = std::exchange(most, count);
            winner = named;
        } else {
            second = std::max(second, count);
        }
    if (answered == 0) return fail(std::move(*last));
    if (most == second)
        return fail(ErrorKind::transient, "the Sentinels name different masters", "REDIS_URL");
    return RedisAddress{.host = winner.host, .port = winner.port};
}

}  // namespace control
