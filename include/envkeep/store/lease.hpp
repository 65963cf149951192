// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/store/layout.hpp"
#include "envkeep/system/files.hpp"
#include "envkeep/system/machine.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

// One file per session in `leases/`, renewed every 30 s, stale after 5 minutes by the store's own
// clock. No kernel lock is ever taken on the store.
namespace envkeep::store {

struct Lease {
    std::string id;  // random
    system::Container container;
    system::ProcessId process;
    std::string host;
    std::string home;
    std::string started;  // UTC text
};

enum class LeaseState { live, stale, dead };

struct LeaseSeen {
    Lease lease;
    LeaseState state = LeaseState::live;
    std::chrono::seconds age{};  // since it was renewed, by the store's clock
};

inline constexpr std::chrono::seconds lease_renewal{30};
inline constexpr std::chrono::seconds lease_stale_after{300};

[[nodiscard]] Result<Lease> take_lease(const Store& store,
                                       const std::string& home,
                                       const system::Machine& machine,
                                       system::FileWriter& writer);
[[nodiscard]] Result<void> renew_lease(const Store& store,
                                       const Lease& lease,
                                       system::FileWriter& writer);
// Gone already is well.
[[nodiscard]] Result<void> release_lease(const Store& store,
                                         const Lease& lease,
                                         system::FileReader& files,
                                         system::FileWriter& writer);
// `writer` may be null (read-only store or a dry run): ages are then told by the machine's clock.
[[nodiscard]] Result<std::vector<LeaseSeen>> list_leases(const Store& store,
                                                         const system::Machine& machine,
                                                         system::FileReader& files,
                                                         system::FileWriter* writer);

// The one claim that a foreground run which changes the store holds: `leases/changes.claim`. busy,
// naming its holder, if a live session holds it; a stale or dead one is taken over. Taken by
// link(2) or O_EXCL of a complete file. Released by the destructor.
class ChangesClaim {
  public:
    [[nodiscard]] static Result<ChangesClaim> take(const Store& store,
                                                   const std::string& command,
                                                   const system::Machine& machine,
                                                   system::FileReader& files,
                                                   system::FileWriter& writer);
    ChangesClaim(ChangesClaim&&) noexcept;
    ChangesClaim& operator=(ChangesClaim&&) noexcept;
    ~ChangesClaim();

  private:
    ChangesClaim() = default;
    struct Held;
    std::unique_ptr<Held> held_;
};

}  // namespace envkeep::store
