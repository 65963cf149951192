// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/model/finding.hpp"
#include "envkeep/store/layout.hpp"
#include "envkeep/store/lease.hpp"
#include "envkeep/store/probe.hpp"
#include "envkeep/system/files.hpp"
#include "envkeep/system/machine.hpp"

#include <optional>
#include <vector>

namespace envkeep::store {

// What is wrong with a store that works: `store-writable-by-others`, `store-shared-secrets`,
// `store-nearly-full`. Looks only; costs a status for each part and a read for each key.
[[nodiscard]] std::vector<model::Finding> store_findings(const Store& store,
                                                         const std::optional<Probe>& probe,
                                                         const system::Machine& machine,
                                                         system::FileReader& files);

// `store-shared-secrets` alone, for those who put a key there: private keys without a passphrase
// and token files that others can read, by their modes or because the store is on a network.
[[nodiscard]] std::optional<model::Finding> shared_secrets(const Store& store,
                                                           const std::optional<Probe>& probe,
                                                           const system::Machine& machine,
                                                           system::FileReader& files);

// `lease-stale` for each session that did not renew its lease.
[[nodiscard]] std::vector<model::Finding> lease_findings(const std::vector<LeaseSeen>& leases);

}  // namespace envkeep::store
