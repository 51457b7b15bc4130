// The choice of images to remove, with their uses recorded on a real Redis. The engine's side is
// tested in service_images.
#include "control/scheduler/unused_images.h"

#include "contracts/streams/image_use.h"
#include "contracts/streams/names.h"
#include "tests/support/redis_server.h"
#include "tests/unit/control_scheduler/held_clock.h"

#include <catch2/catch_test_macros.hpp>
#include <set>

using namespace control;
using namespace std::chrono_literals;
using contracts::Connection;
using contracts::Timestamp;

namespace {

struct Shelf {
    tests::RedisServer redis;
    Connection connection =
        Connection::dial(contracts::RedisAddress::parse(redis.url()).value()).value();
    HeldClock clock;
    std::vector<StoredImage> images;
    std::set<std::string> in_containers;
    std::vector<std::string> removed;
    bool engine_answers = true;

    void add(const std::string& hash, std::chrono::hours age) {
        images.push_back({.hash = hash, .bytes = 10, .made_at = clock.now() - age});
    }
    void use(const std::string& hash, const std::string& when) {
        REQUIRE(connection
                    .command({"HSET", contracts::names::worker_image(hash),
                              contracts::kImageLastUsed, when})
                    .has_value());
    }
    Result<ImageRemoval> round(const std::stop_token& stop = {}) {
        return remove_unused_images(
            {.clock = clock,
             .list = [this]() -> Result<std::vector<StoredImage>> {
                 if (engine_answers) return images;
                 return fail(ErrorKind::transient, "the engine does not answer");
             },
             .remove = [this](const std::string& hash) -> Result<void> {
                 if (in_containers.contains(hash))
                     return fail(ErrorKind::conflict, "a container uses it");
                 removed.push_back(hash);
                 return {};
             },
             .keep =
                 [] {
                     return std::chrono::days(7);
                 }},
            connection, stop);
    }
};

}  // namespace

TEST_CASE("images: what nothing has used for a week is removed, and nothing else") {
    Shelf shelf;
    shelf.add("old", 200h);
    shelf.add("new", 100h);
    shelf.add("used", 2000h);
    shelf.add("running", 2000h);
    shelf.add("used-long-ago", 2000h);
    shelf.add("nonsense", 2000h);
    shelf.use("used", contracts::format_timestamp(shelf.clock.now() - 24h));
    shelf.use("used-long-ago", contracts::format_timestamp(shelf.clock.now() - 169h));
    shelf.use("nonsense", "yesterday");
    shelf.in_containers = {"running"};
    const auto done = shelf.round();
    REQUIRE(done);
    CHECK(shelf.removed == std::vector<std::string>{"old", "used-long-ago", "nonsense"});
    CHECK(done->removed == 3);
    CHECK(done->bytes == 30);
}

TEST_CASE("images: without the bus or the engine nothing is removed") {
    Shelf shelf;
    shelf.add("old", 200h);
    // An unreadable record of uses does not count as unused.
    REQUIRE(
        shelf.connection.command({"SET", contracts::names::worker_image("old"), "x"}).has_value());
    CHECK_FALSE(shelf.round());
    shelf.engine_answers = false;
    CHECK(shelf.round().error().kind == ErrorKind::transient);
    CHECK(shelf.removed.empty());
}

TEST_CASE("images: a stop ends a round between two images") {
    Shelf shelf;
    shelf.add("old", 200h);
    std::stop_source stop;
    stop.request_stop();
    REQUIRE(shelf.round(stop.get_token()));
    CHECK(shelf.removed.empty());
}
