#include "control/redis/redis_server.h"

#include "contracts/base/backoff.h"
#include "contracts/base/id.h"
#include "contracts/streams/connection.h"
#include "control/redis/append_only.h"
#include "control/redis/server_process.h"
#include "control/subprocess/subprocess.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace control {

using contracts::Connection;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Instant;
using contracts::Reply;
using contracts::Result;
using contracts::UniqueFd;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr milliseconds kSyncEvery{1000};
constexpr milliseconds kStopGrace{10'000};
constexpr milliseconds kLockPatience{15'000};
// A large append-only file takes a while to read.
constexpr milliseconds kStartLimit{60'000};
constexpr milliseconds kAskAgain{5};
constexpr milliseconds kFirstBackoff{20};
constexpr milliseconds kLongestBackoff{500};
// A server that lived this long has recovered.
constexpr seconds kGoodLife{10};

bool answers(const contracts::RedisAddress& address) {
    Result<Connection> connection = Connection::dial(address, seconds(1));
    return connection && connection->command({"PING"}, seconds(1)).has_value();
}

// Works while the server is still loading; if it does not react, we wait for its lock.
void shut_down_another(const contracts::RedisAddress& address, const contracts::Log& log) {
    Result<Connection> connection = Connection::dial(address, seconds(1));
    if (!connection) return;
    log.warning("stopping a redis-server that an earlier daemon left behind");
    (void)connection->command({"SHUTDOWN", "NOSAVE"}, kStopGrace);
}

std::uint32_t random_number() {
    std::uint32_t number = 0;
    contracts::fill_random(std::as_writable_bytes(std::span(&number, 1)));
    return number;
}

}  // namespace

Result<std::unique_ptr<RedisServer>> RedisServer::start(std::string directory, contracts::Log log) {
    const char* path = std::getenv("PATH");
    Result<std::string> program = find_program("redis-server", path == nullptr ? "" : path);
    if (!program)
        return fail(ErrorKind::fatal, "redis-server is not installed", "REDIS_URL",
                    "install it or set REDIS_URL");
    ServerFiles files{std::move(directory)};
    Result<contracts::RedisAddress> address = prepare(files);
    if (!address) return address.fault();
    std::unique_ptr<RedisServer> server(new RedisServer(std::move(*program), std::move(files),
                                                        std::move(*address), std::move(log)));
    if (!server->wake_.valid()) return fail(contracts::system_error(errno, "eventfd"));
    server->thread_ =
        std::jthread([raw = server.get()](const std::stop_token& stop) { raw->supervise(stop); });
    std::unique_lock lock(server->guard_);
    server->started_.wait(lock, [&] { return server->first_.has_value(); });
    if (!*server->first_) return server->first_->fault();
    lock.unlock();
    return server;
}

RedisServer::RedisServer(std::string program, ServerFiles files, contracts::RedisAddress address,
                         contracts::Log log)
    : program_(std::move(program)),
      files_(std::move(files)),
      address_(std::move(address)),
      log_(std::move(log)),
      wake_(::eventfd(0, EFD_CLOEXEC)) {}

RedisServer::~RedisServer() {
    thread_.request_stop();
    const std::uint64_t one = 1;
    (void)!::write(wake_.get(), &one, sizeof one);
}

void RedisServer::report(Result<void> first) {
    const std::lock_guard lock(guard_);
    if (!first_) first_ = std::move(first);
    started_.notify_all();
}

void RedisServer::supervise(const std::stop_token& stop) {
    contracts::Backoff backoff(kFirstBackoff, kLongestBackoff);
    for (;;) {
        const Instant begin = std::chrono::steady_clock::now();
        Result<void> life = live(stop);
        pid_ = -1;
        if (stop.stop_requested()) break;
        const bool first = !first_.has_value();
        log_.error("redis-server ended", {{"error", life ? "" : life.error().describe()}});
        report(std::move(life));
        if (first) return;
        if (std::chrono::steady_clock::now() - begin > kGoodLife) backoff.reset();
        pollfd woken{wake_.get(), POLLIN, 0};
        ::poll(&woken, 1, static_cast<int>(backoff.next(random_number()).count()));
        if (stop.stop_requested()) break;
    }
    report({});
}

Result<void> RedisServer::live(const std::stop_token& stop) {
    Result<UniqueFd> lock = take_lock(files_, milliseconds(0));
    if (!lock) {
        shut_down_another(address_, log_);
        lock = take_lock(files_, kLockPatience);
    }
    if (!lock) return lock.fault();
    Result<UniqueFd> output = open_log(files_);
    if (!output) return output.fault();
    Result<ServerProcess> process =
        ServerProcess::start({program_, files_.configuration(), output->get(), lock->get()});
    if (!process) return process.fault();
    // From here on the child alone holds the lock, as long as it lives.
    lock->reset();
    pid_ = process->pid();

    const Instant deadline = std::chrono::steady_clock::now() + kStartLimit;
    AppendOnlySync append_only(files_.append_only());
    bool ready = false;
    while (!stop.stop_requested()) {
        if (!ready && answers(address_)) {
            ready = true;
            log_.info("redis-server answers", {{"pid", process->pid()}});
            report({});
        }
        if (!ready && std::chrono::steady_clock::now() > deadline)
            return fail(ErrorKind::fatal, "redis-server does not answer: " + log_tail(files_));
        pollfd watched[] = {{process->fd(), POLLIN, 0}, {wake_.get(), POLLIN, 0}};
        ::poll(watched, 2, static_cast<int>((ready ? kSyncEvery : kAskAgain).count()));
        if (watched[0].revents != 0 && process->wait(seconds(1)))
            return fail(ErrorKind::fatal, process->how_it_ended() + ": " + log_tail(files_), {},
                        "look at " + files_.log());
        if (!ready) continue;
        if (Result<bool> synced = append_only.sync(); !synced)
            log_.error("the bus's data cannot be synced to the disk",
                       {{"error", synced.error().describe()}});
    }
    process->stop(kStopGrace);
    return {};
}

}  // namespace control
