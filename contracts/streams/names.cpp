#include "contracts/streams/names.h"

#include "contracts/base/id.h"

#include <unistd.h>

namespace contracts::names {

namespace {

std::string joined(std::string_view head, std::string_view middle, std::string_view tail = {}) {
    std::string name;
    name.reserve(head.size() + middle.size() + tail.size());
    return name.append(head).append(middle).append(tail);
}

}  // namespace

std::string developer_input(std::string_view worker_id) {
    return joined("worker:developer:", worker_id, ":input");
}
std::string po_input(std::string_view worker_id) {
    return joined("worker:po:", worker_id, ":input");
}
std::string po_output(std::string_view worker_id) {
    return joined("worker:po:", worker_id, ":output");
}
std::string task_progress(std::string_view task_id) {
    return joined("task_progress:", task_id);
}
std::string chat_outbox(std::string_view channel) {
    return joined("chat:outbox:", channel);
}
std::string dead_letters(std::string_view stream) {
    return joined(stream, ":dlq");
}

std::string worker_status(std::string_view worker_id) {
    return joined("worker:status:", worker_id);
}
std::string worker_session(std::string_view worker_id) {
    return joined("worker:session:", worker_id);
}
std::string worker_heartbeat(std::string_view worker_id) {
    return joined("worker:heartbeat:", worker_id);
}
std::string worker_image(std::string_view hash) {
    return joined("worker:image:", hash);
}
std::string user_session(std::string_view user_id) {
    return joined("session:", user_id);
}
std::string answered(std::string_view request_id) {
    return joined("worker:answered:", request_id);
}

std::string consumer_name(std::string_view role) {
    char host[256] = {};
    if (::gethostname(host, sizeof host - 1) != 0) host[0] = '\0';
    return joined(role, "-", host[0] == '\0' ? "host" : host) + '-' + std::to_string(::getpid()) +
           '-' + random_hex(4);
}

std::string consumer_name(std::string_view role, std::string_view daemon) {
    return joined(role, "-", daemon);
}

}  // namespace contracts::names
