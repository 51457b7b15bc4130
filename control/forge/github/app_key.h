// The GitHub App's private key, and the tokens that prove the App itself: JWT, RS256, valid for ten
// minutes from a minute ago (clocks differ).
//
// The key stays in OpenSSL's memory; the file's text is wiped. Thread: any.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/result.h"

#include <memory>
#include <string>

struct evp_pkey_st;

namespace control::github {

class AppKey {
public:
    // An RSA key in PEM (PKCS #1, as GitHub hands it out, or PKCS #8) in a file that its owner
    // alone may read. Failure: `fatal`, field GITHUB_APP_KEY_FILE, with what to do.
    [[nodiscard]] static contracts::Result<AppKey> load(const std::string& path);

    [[nodiscard]] contracts::Result<std::string> token(const std::string& app_id,
                                                       contracts::Timestamp now) const;

private:
    using Key = std::shared_ptr<evp_pkey_st>;
    explicit AppKey(Key key) : key_(std::move(key)) {}

    Key key_;
};

}  // namespace control::github
