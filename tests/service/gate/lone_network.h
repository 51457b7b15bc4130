// A network namespace with only a loopback, as a worker's container has, and the real relays of
// worker-wrapper in it. Needs root.
#pragma once

#include "tests/service/gate/doors.h"
#include "tests/support/child_process.h"
#include "wrapper/wall/relay.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <future>

namespace gate_tests {

class LoneNetwork {
public:
    explicit LoneNetwork(const std::string& control_directory) {
        std::promise<wrapper::RelayedPorts> opened;
        std::future<wrapper::RelayedPorts> ports_then = opened.get_future();
        loop_ = std::jthread([this, control_directory, &opened](const std::stop_token& stop) {
            if (::unshare(CLONE_NEWNET) != 0) throw std::runtime_error("unshare");
            bring_loopback_up();
            network_.reset(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
            const SystemClock clock;
            wrapper::Relays relays(control_directory, wrapper::RelayPorts::fixed, clock,
                                   silent_log());
            opened.set_value(relays.open());
            wrapper::PollSet poll;
            while (!stop.stop_requested()) {
                poll.begin();
                poll.wake_at(clock.instant() + 50ms);
                relays.watch(poll);
                poll.wait(clock);
                relays.step(poll);
            }
        });
        ports = ports_then.get();
    }

    // Runs the body to its end on a thread inside the namespace.
    [[nodiscard]] tests::Finished run(const tests::ChildOptions& options) const {
        return std::async(std::launch::async,
                          [&] {
                              if (::setns(network_.get(), CLONE_NEWNET) != 0)
                                  throw std::runtime_error("setns");
                              return tests::run(options);
                          })
            .get();
    }

    wrapper::RelayedPorts ports{};

private:
    static void bring_loopback_up() {
        const UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        ifreq request{};
        std::strcpy(request.ifr_name, "lo");
        request.ifr_flags = IFF_UP | IFF_RUNNING;
        if (::ioctl(fd.get(), SIOCSIFFLAGS, &request) != 0) throw std::runtime_error("lo");
    }

    UniqueFd network_;
    std::jthread loop_;
};

}  // namespace gate_tests
