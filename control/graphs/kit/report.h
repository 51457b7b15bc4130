// A graph's reports: progress for anybody who watches a task, and the result for the sender of its
// message.
#pragma once

#include "contracts/fields/write.h"
#include "contracts/messages/meta.h"
#include "control/graphs/kit/moment.h"

namespace control::graphs {

void progress(const Moment& moment, const TaskPart& task, std::string_view step,
              std::int64_t percent, const std::string& message);
// The last progress event of a task, unless a person makes it continue.
void progress_end(const Moment& moment, const TaskPart& task, bool success,
                  const std::string& message);

// Sends the result to the message's callback stream, if it has one. `R` inherits BaseResult; its
// head is filled in here. `message`: why it did not succeed.
template <class R>
void send_result(const Moment& moment, const RequestPart& request, R result, bool success,
                 const std::string& message) {
    if (!request.callback_stream) return;
    result.request_id = request.request_id;
    result.correlation_id = request.correlation_id;
    result.traceparent = request.traceparent;
    result.status = success ? contracts::ResultStatus::success : contracts::ResultStatus::failed;
    if (!success) result.error = message;
    moment.effects.publish(*request.callback_stream, contracts::write_message(result));
}

// A sender may choose where its answer goes, but not a stream or key that the platform acts upon:
// `invalid`, field "callback_stream". For a module's `open`.
[[nodiscard]] Result<void> check_callback(const std::optional<std::string>& stream);

}  // namespace control::graphs
