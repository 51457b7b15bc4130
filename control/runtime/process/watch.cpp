#include "control/runtime/process/watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <set>

namespace control::process {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using contracts::UniqueFd;

namespace {

// A launch rings the bell; this finds launches by other processes.
constexpr std::chrono::milliseconds kRound{5'000};

class DeathWatch {
public:
    explicit DeathWatch(const std::function<void(const RuntimeEvent&)>& report) : report_(report) {}

    // A worker that died before the first look is in the list; in later looks, a worker found dead
    // has ended before we saw it alive.
    void look(std::vector<Found> all) {
        std::set<std::string> present;
        for (Found& found : all) {
            const std::string id = found.instance.id();
            present.insert(id);
            if (!seen_.insert(id).second) continue;
            UniqueFd supervisor = found.instance.supervisor.open();
            if (supervisor.valid())
                running_.push_back({std::move(supervisor), std::move(found)});
            else if (looked_)
                report_death(found);
        }
        std::erase_if(seen_, [&present](const std::string& id) { return !present.contains(id); });
        if (!looked_) report_({RuntimeEvent::Kind::watching, {}, {}, std::nullopt});
        looked_ = true;
    }

    void wait(const Bell& bell) {
        std::vector<pollfd> ready;
        for (const Running& running : running_)
            ready.push_back({running.supervisor.get(), POLLIN, 0});
        ready.push_back({bell.fd(), POLLIN, 0});
        if (::poll(ready.data(), ready.size(), static_cast<int>(kRound.count())) <= 0) return;
        bell.quiet();
        std::vector<Running> alive;
        for (std::size_t i = 0; i < running_.size(); ++i) {
            if (ready[i].revents != 0)
                report_death(running_[i].found);
            else
                alive.push_back(std::move(running_[i]));
        }
        running_ = std::move(alive);
    }

private:
    struct Running {
        UniqueFd supervisor;
        Found found;
    };

    void report_death(const Found& found) {
        RuntimeEvent event{RuntimeEvent::Kind::died, found.instance.id(), found.instance.worker_id,
                           std::nullopt};
        if (const auto exit = found.files.exit()) event.exit_code = exit->exit_code;
        report_(event);
    }

    const std::function<void(const RuntimeEvent&)>& report_;
    std::vector<Running> running_;
    std::set<std::string> seen_;
    bool looked_ = false;
};

}  // namespace

Bell::Bell() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Bell::ring() const {
    ::eventfd_write(fd_.get(), 1);
}

void Bell::quiet() const {
    eventfd_t count = 0;
    ::eventfd_read(fd_.get(), &count);
}

Result<void> watch_deaths(const std::function<Result<std::vector<Found>>()>& find_all,
                          const Bell& bell, const std::function<void(const RuntimeEvent&)>& report,
                          std::stop_token stop) {
    const std::stop_callback ring(stop, [&bell] { bell.ring(); });
    DeathWatch watch(report);
    while (!stop.stop_requested()) {
        auto all = find_all();
        if (!all) return fail(ErrorKind::transient, all.error().message);
        watch.look(std::move(*all));
        watch.wait(bell);
    }
    return {};
}

}  // namespace control::process
