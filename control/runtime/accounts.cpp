#include "control/runtime/accounts.h"

#include <string_view>

namespace control {

namespace {

struct Account {
    int id;
    std::string_view name;
};

// Debian's fixed numbers.
constexpr Account kUsers[] = {{0, "root"},      {1, "daemon"},  {2, "bin"},       {3, "sys"},
                              {4, "sync"},      {5, "games"},   {6, "man"},       {7, "lp"},
                              {8, "mail"},      {9, "news"},    {10, "uucp"},     {13, "proxy"},
                              {33, "www-data"}, {34, "backup"}, {65534, "nobody"}};
constexpr Account kGroups[] = {
    {0, "root"},   {1, "daemon"},    {2, "bin"},     {3, "sys"},      {4, "adm"},
    {5, "tty"},    {6, "disk"},      {7, "lp"},      {8, "mail"},     {9, "news"},
    {10, "uucp"},  {12, "man"},      {13, "proxy"},  {20, "dialout"}, {24, "cdrom"},
    {27, "sudo"},  {33, "www-data"}, {34, "backup"}, {42, "shadow"},  {43, "utmp"},
    {44, "video"}, {50, "staff"},    {60, "games"},  {100, "users"},  {65534, "nogroup"}};

// If the agent's uid is one of the fixed ones, its own name is used.
bool has_number(const Account& account, std::uint32_t id) {
    return static_cast<std::uint32_t>(account.id) == id;
}

}  // namespace

std::string passwd_text(std::uint32_t uid) {
    const std::string id = std::to_string(uid);
    std::string text;
    for (const Account& user : kUsers) {
        if (has_number(user, uid)) continue;
        const bool root = user.id == 0;
        const std::string number = std::to_string(user.id);
        text.append(user.name).append(":x:").append(number).append(":").append(number).append(":");
        text.append(user.name).append(root ? ":/root:/bin/sh\n"
                                           : ":/nonexistent:/usr/sbin/nologin\n");
    }
    return text + "worker:x:" + id + ":" + id + ":worker:/home/worker:/bin/sh\n";
}

std::string group_text(std::uint32_t gid) {
    std::string text;
    for (const Account& group : kGroups)
        if (!has_number(group, gid))
            text.append(group.name).append(":x:").append(std::to_string(group.id)).append(":\n");
    return text + "worker:x:" + std::to_string(gid) + ":\n";
}

}  // namespace control
