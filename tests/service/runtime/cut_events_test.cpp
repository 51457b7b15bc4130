// The engine's event stream is cut again and again: a follower that lists instances after each
// reconnection learns of every death.
#include "observe.h"

#include "contracts/base/json.h"
#include "tests/support/unix_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <set>

using contracts::ErrorKind;
using contracts::UniqueFd;
using runtime_tests::DockerBody;
using runtime_tests::must_launch;
using runtime_tests::wait_for_file;
using runtime_tests::Watching;
using tests::eventually;

namespace {

// Forwards the available bytes from one socket to the other; false at the end of the stream.
bool pass_on(const UniqueFd& from, const UniqueFd& to, std::string& said) {
    char buffer[65536];
    const ssize_t size = ::recv(from.get(), buffer, sizeof buffer, 0);
    if (size <= 0) return false;
    said.assign(buffer, static_cast<std::size_t>(size));
    return ::send(to.get(), buffer, static_cast<std::size_t>(size), MSG_NOSIGNAL) == size;
}

// A relay between a client and the engine that cuts event streams on request.
class CuttingProxy {
public:
    explicit CuttingProxy(std::string engine)
        : engine_(std::move(engine)),
          path_(directory_ / "engine.sock"),
          listener_(tests::listen_unix(path_, 64)) {
        acceptor_ = std::thread([this] { accept_all(); });
    }
    ~CuttingProxy() {
        ending_ = true;
        acceptor_.join();
        for (std::thread& thread : threads_)
            thread.join();
    }
    CuttingProxy(const CuttingProxy&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }
    void cut() { ++cuts_; }

private:
    bool comes(const UniqueFd& one, const UniqueFd& other, pollfd (&ready)[2]) const {
        ready[0] = {one.get(), POLLIN, 0};
        ready[1] = {other.get(), POLLIN, 0};
        return ::poll(ready, other.valid() ? 2 : 1, 10) > 0;
    }
    void accept_all() {
        pollfd ready[2];
        while (!ending_) {
            if (!comes(listener_, {}, ready)) continue;
            UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            if (client.valid())
                threads_.emplace_back(
                    [this, client = std::move(client)]() mutable { serve(std::move(client)); });
        }
    }
    void serve(UniqueFd client) const {
        const UniqueFd engine = tests::connect_unix(engine_);
        if (!engine.valid()) return;
        const int cuts = cuts_;
        bool is_events = false;
        pollfd ready[2];
        std::string said;
        while (!ending_ && !(is_events && cuts_ != cuts)) {
            if (!comes(client, engine, ready)) continue;
            if (ready[0].revents != 0 && !pass_on(client, engine, said)) return;
            if (ready[0].revents != 0) is_events |= said.find("/events?") != std::string::npos;
            if (ready[1].revents != 0 && !pass_on(engine, client, said)) return;
        }
    }

    tests::TemporaryDirectory directory_;
    std::string engine_;
    std::string path_;
    UniqueFd listener_;
    std::atomic<bool> ending_ = false;
    std::atomic<int> cuts_ = 0;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

std::set<std::string> running_of(control::Runtime& runtime) {
    const auto instances = runtime.list();
    REQUIRE(instances);
    std::set<std::string> running;
    for (const control::WorkerInstance& one : *instances)
        if (one.running) running.insert(one.id);
    return running;
}

}  // namespace

TEST_CASE("an event stream that is cut 200 times hides no death from a follower that lists") {
    constexpr int kCuts = 200;
    constexpr int kBetweenDeaths = 40;
    DockerBody body;
    CuttingProxy proxy(body.engine().socket());
    control::DockerSettings settings = body.settings("suite");
    settings.socket = proxy.path();
    auto made = control::make_docker_runtime(settings, body.http());
    REQUIRE(made);
    control::Runtime& runtime = **made;
    std::vector<std::pair<std::string, std::string>> workers;  // names and ids
    std::set<std::string> alive;
    for (int at = 0; at < kCuts / kBetweenDeaths; ++at) {
        const std::string name = "w" + std::to_string(at);
        workers.emplace_back(name, must_launch(runtime, body.worker(name, "ready; wait")));
        wait_for_file(body, name, "ready");
        alive.insert(workers.back().second);
    }
    for (int cut = 0; cut < kCuts; ++cut) {
        CAPTURE(cut);
        const bool one_dies = cut % kBetweenDeaths == 0;
        const bool unwatched = one_dies && cut % (2 * kBetweenDeaths) == 0;
        const auto die = [&] {
            REQUIRE(runtime.kill(workers.back().second));
            alive.erase(workers.back().second);
        };
        if (unwatched) die();
        Watching watching(runtime);
        eventually("the list is true", [&] { return running_of(runtime) == alive; });
        if (one_dies && !unwatched) {
            die();
            eventually("the death",
                       [&] { return watching.death_of(workers.back().first).has_value(); });
        }
        if (one_dies) workers.pop_back();
        proxy.cut();
        eventually("the end of the watch", [&] { return watching.end().has_value(); });
        REQUIRE_FALSE(*watching.end());
        CHECK(watching.end()->error().kind == ErrorKind::transient);
    }
    CHECK(running_of(runtime).empty());
}
