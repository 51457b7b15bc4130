// A worker's image written without an engine: a base that has everything but us, and one layer on
// top with our programs and the agent. For machines that build images and have no container engine,
// and for clusters, which pull images by their digest.
#pragma once

#include "contracts/base/result.h"
#include "control/images/images.h"

#include <string>

namespace control::images {

struct OciOrder {
    contracts::AgentType agent = contracts::AgentType::claude;
    std::string base;              // an OCI image layout with one image; packages are its matter
    std::string to;                // a directory that does not exist yet
    std::string agents_directory;  // as of ImageSettings
    std::string programs;          // the directory of worker-wrapper and orchestrator
};

struct OciImage {
    std::string hash;    // of its input, as for every worker image
    std::string digest;  // of its manifest
};

// The same input gives the same bytes. Failure: `invalid` for a base that is damaged or for another
// machine than the programs; `conflict` if `to` exists; as of `build_context` for the agent's
// files.
[[nodiscard]] contracts::Result<OciImage> write_oci(const OciOrder& order);

}  // namespace control::images
