#include "contracts/entities/opening.h"

#include "contracts/fields/write.h"
#include "contracts/messages/deploy.h"
#include "contracts/messages/engineering.h"

namespace contracts {

namespace {

template <class M>
Json opening(const Task& task, std::string request_id, std::string user_id, const Clock& clock) {
    M message;
    static_cast<QueueMeta&>(message) = make_meta(clock);
    message.request_id = std::move(request_id);
    message.task_id = task.id;
    message.project_id = task.project_id;
    message.user_id = std::move(user_id);
    return write_message(message);
}

}  // namespace

Json opening_message(const Task& task, std::string request_id, std::string user_id,
                     const Clock& clock) {
    switch (task.type) {
        case TaskType::engineering:
            return opening<EngineeringMessage>(task, std::move(request_id), std::move(user_id),
                                               clock);
        case TaskType::deploy:
            return opening<DeployMessage>(task, std::move(request_id), std::move(user_id), clock);
    }
    return {};
}

}  // namespace contracts
