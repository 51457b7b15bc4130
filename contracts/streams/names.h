// Names of streams, groups and keys. Other programs use each of them: none may change.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace contracts::names {

inline constexpr std::string_view kEngineeringQueue = "engineering:queue";
inline constexpr std::string_view kDeployQueue = "deploy:queue";
inline constexpr std::string_view kScaffolderQueue = "scaffolder:queue";
inline constexpr std::string_view kScaffolderResults = "scaffolder:results";
inline constexpr std::string_view kWorkerCommands = "worker:commands";
inline constexpr std::string_view kWorkerResponsesPo = "worker:responses:po";
inline constexpr std::string_view kWorkerResponsesDeveloper = "worker:responses:developer";
inline constexpr std::string_view kWorkerLifecycle = "worker:lifecycle";
inline constexpr std::string_view kDeveloperInput = "worker:developer:input";
inline constexpr std::string_view kDeveloperOutput = "worker:developer:output";
inline constexpr std::string_view kProvisionerQueue = "provisioner:queue";
inline constexpr std::string_view kProvisionerResults = "provisioner:results";
inline constexpr std::string_view kWorkflowStatus = "workflow:status";
inline constexpr std::string_view kGraphCommands = "graphs:commands";
inline constexpr std::string_view kChatInbox = "chat:inbox";
inline constexpr std::string_view kChatNotices = "chat:notices";
inline constexpr std::string_view kWorkerCreationQueue = "worker:creation_queue";

[[nodiscard]] std::string developer_input(std::string_view worker_id);
[[nodiscard]] std::string po_input(std::string_view worker_id);
[[nodiscard]] std::string po_output(std::string_view worker_id);
[[nodiscard]] std::string task_progress(std::string_view task_id);
// `channel` as ChatMessage names it: a messenger reads its own.
[[nodiscard]] std::string chat_outbox(std::string_view channel);
[[nodiscard]] std::string dead_letters(std::string_view stream);

[[nodiscard]] std::string worker_status(std::string_view worker_id);
[[nodiscard]] std::string worker_session(std::string_view worker_id);
[[nodiscard]] std::string worker_heartbeat(std::string_view worker_id);
[[nodiscard]] std::string worker_image(std::string_view hash);
[[nodiscard]] std::string user_session(std::string_view user_id);
// Set in the transaction that publishes the one output of a request; whoever finds it does not
// publish another.
[[nodiscard]] std::string answered(std::string_view request_id);
inline constexpr std::chrono::hours kAnsweredTtl{24 * 7};
// How long task_progress, worker:po:{id}:output and {stream}:dlq are kept after their last write.
inline constexpr std::chrono::hours kProgressTtl{24 * 7};
inline constexpr std::chrono::hours kPoOutputTtl{24 * 30};
inline constexpr std::chrono::hours kDeadLetterTtl{24 * 30};

// Consumer groups, one per role.
inline constexpr std::string_view kWorkersGroup = "workers";
inline constexpr std::string_view kGraphsGroup = "graphs";
inline constexpr std::string_view kWorkerManagerGroup = "worker-manager";
inline constexpr std::string_view kScaffolderGroup = "scaffolder";
inline constexpr std::string_view kInfraGroup = "infra";
inline constexpr std::string_view kSchedulerGroup = "scheduler";
inline constexpr std::string_view kChatGroup = "chat";

// {role}-{host}-{pid}-{random}: unique for each run of a process.
[[nodiscard]] std::string consumer_name(std::string_view role);
// {role}-{daemon}: for a daemon whose name stays, so that its next run reads at once what this one
// leaves pending. Two processes must never use it at the same time.
[[nodiscard]] std::string consumer_name(std::string_view role, std::string_view daemon);

}  // namespace contracts::names
