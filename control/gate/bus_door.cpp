// bus.sock: a Redis connection that is already authenticated as this worker; its bytes are passed
// through in both directions, unread.
#include "control/gate/socket_door.h"

#include <array>
#include <atomic>
#include <boost/asio/write.hpp>

namespace control {

namespace asio = boost::asio;
using contracts::UniqueFd;

namespace {

using Failure = boost::system::error_code;

class BusPassage final : public Passage, public std::enable_shared_from_this<BusPassage> {
public:
    BusPassage(EventLoop& loop, LocalSocket worker)
        : loop_(loop), worker_(std::move(worker)), redis_(loop.context()) {}

    // The dial waits, so it is done on a thread of the pool; the rest happens on the loop.
    void begin(const DialBus& dial, const contracts::Log& log, JobPool& pool,
               const WorkerIdentity& identity) {
        static std::atomic<std::uint64_t> dials = 0;
        pool.submit("dial " + std::to_string(dials.fetch_add(1)),
                    [self = shared_from_this(), identity, dial, log](const std::stop_token&) {
                        auto fd = std::make_shared<Result<UniqueFd>>(dial(identity));
                        if (!*fd)
                            log.warning("could not connect a worker to the bus",
                                        {{"worker_id", identity.worker_id},
                                         {"error", fd->error().describe()}});
                        self->loop_.post([self, fd] { self->connect(std::move(*fd)); });
                    });
    }

    void end() override {
        Failure ignored;
        worker_.close(ignored);
        redis_.close(ignored);
    }

private:
    struct Way {
        std::array<char, 16384> bytes;
    };

    void connect(Result<UniqueFd> fd) {
        Failure failure;
        if (!fd || !worker_.is_open()) return end();
        // Redis is reached over TCP or a unix socket: a stream in both cases.
        redis_.assign(asio::local::stream_protocol(), fd->get(), failure);
        if (failure) return end();
        (void)fd->release();
        pass(worker_, redis_, up_);
        pass(redis_, worker_, down_);
    }

    // When either side closes, both are closed: Redis does not use half-open connections.
    void pass(LocalSocket& from, LocalSocket& to, Way& way) {
        from.async_read_some(asio::buffer(way.bytes), [this, self = shared_from_this(), &from, &to,
                                                       &way](Failure failure, std::size_t got) {
            if (failure) return end();
            asio::async_write(to, asio::buffer(way.bytes.data(), got),
                              [this, self, &from, &to, &way](Failure broken, std::size_t) {
                                  if (broken) return end();
                                  pass(from, to, way);
                              });
        });
    }

    EventLoop& loop_;
    LocalSocket worker_;
    LocalSocket redis_;
    Way up_{}, down_{};
};

}  // namespace

DoorResult open_bus_door(const GateSetting& setting, const std::shared_ptr<JobPool>& pool,
                         const WorkerIdentity& worker, const std::string& path,
                         std::shared_ptr<const std::atomic<bool>> has_left) {
    EventLoop& loop = setting.server.loop();
    DialBus dial = [dial = setting.dial_bus, leave = setting.leave_bus,
                    has_left = std::move(has_left)](const WorkerIdentity& identity) {
        Result<UniqueFd> fd = dial(identity);
        if (!*has_left || !leave) return fd;
        if (Result<void> left = leave(identity.worker_id); !left)
            return Result<UniqueFd>(left.fault());
        return Result<UniqueFd>(
            contracts::fail(contracts::ErrorKind::permission, "the worker has ended"));
    };
    return open_socket_door(
        loop, path, [&loop, pool, worker, dial, log = setting.log](LocalSocket socket) {
            auto passage = std::make_shared<BusPassage>(loop, std::move(socket));
            passage->begin(dial, log, *pool, worker);
            return passage;
        });
}

}  // namespace control
