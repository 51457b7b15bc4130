// One consumer of a role: a thread that reads streams and hands each entry to the role.
//
// The handler returns when the effect of the entry is durable: the entry is then acknowledged. An
// error that may pass (transient, upstream) leaves it pending, to come again; any other moves it to
// {stream}:dlq with the reason. A broken connection is dialled again with backoff, for as long as
// the role lives. Thread: the handler runs on the reader's thread; the destructor stops and joins
// it.
#pragma once

#include "contracts/streams/consumer.h"
#include "control/bus/bus.h"
#include "control/jobs/loop.h"

#include <functional>

namespace control {

using EntryHandler = std::function<contracts::Result<void>(const contracts::Entry&)>;

class StreamReader {
public:
    StreamReader(contracts::RedisAddress address, contracts::ConsumerSettings settings,
                 EntryHandler handler, const contracts::Clock& clock, contracts::Log log);
    ~StreamReader();

    void start();
    void stop();
    // The reason why it does not read at the moment.
    [[nodiscard]] contracts::Result<void> health() const { return loop_.health(); }

private:
    // Returns when the connection breaks or a stop is requested.
    [[nodiscard]] contracts::Result<void> read(const std::stop_token& stop);
    [[nodiscard]] contracts::Result<void> handle(contracts::Consumer& consumer,
                                                 const contracts::Entry& entry);

    Bus bus_;
    contracts::ConsumerSettings settings_;
    EntryHandler handler_;
    const contracts::Clock& clock_;
    contracts::Log log_;
    Wake wake_;
    Loop loop_;
};

}  // namespace control
