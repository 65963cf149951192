// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/store/layout.hpp"
#include "envkeep/system/files.hpp"
#include "envkeep/system/machine.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

// One file per session in `leases/`, renewed every 30 s, stale where its time is 5 minutes from the
// store's own clock, in either direction. No kernel lock is ever taken on the store.
namespace envkeep::store {

struct Lease {
    std::string id;  // random
    system::Container container;
    system::ProcessId process;
    std::string host;
    std::string home;
    std::string started;     // UTC text
    std::string snapshot{};  // id of the one that the session has: `gc` leaves it
    bool is_of_run = false;  // of one run only: its process is not the session's background
};

enum class LeaseState { live, stale, dead };

struct LeaseSeen {
    Lease lease;
    LeaseState state = LeaseState::live;
    // Since it was renewed, by the store's clock; below zero where that time is yet to come.
    std::chrono::seconds age{};
};

inline constexpr std::chrono::seconds lease_renewal{30};
inline constexpr std::chrono::seconds lease_stale_after{300};
inline constexpr const char* changes_claim = "changes";

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
// `writer` may be null (read-only store or a dry run): ages are then told by the machine's clock,
// set right by a lease that is being renewed here, if there is one.
[[nodiscard]] Result<std::vector<LeaseSeen>> list_leases(const Store& store,
                                                         const system::Machine& machine,
                                                         system::FileReader& files,
                                                         system::FileWriter* writer);

// Removes the leases of dead processes of this container and those that were not renewed for a day:
// a container that was killed cannot take its lease away. Gives how many they were.
[[nodiscard]] Result<std::size_t> remove_old_leases(const Store& store,
                                                    const system::Machine& machine,
                                                    system::FileReader& files,
                                                    system::FileWriter& writer);

// The one claim that a foreground run which changes the store holds: `leases/changes.claim`; under
// another name, that of a run which changes only what the name stands for. busy,
// naming its holder, if a live session holds it; a stale or dead one is taken over. A holder of
// this container counts as long as its process lives, any other for 5 minutes after it was renewed.
// Released by the destructor in the process that took it; machine, files and writer must live on.
class ChangesClaim {
  public:
    [[nodiscard]] static Result<ChangesClaim> take(const Store& store,
                                                   const std::string& command,
                                                   const system::Machine& machine,
                                                   system::FileReader& files,
                                                   system::FileWriter& writer,
                                                   const std::string& name = changes_claim);
    ChangesClaim(ChangesClaim&& other) noexcept;
    ChangesClaim& operator=(ChangesClaim&& other) noexcept;
    ~ChangesClaim();

    // To be called often while long work goes on: writes once in 30 s, or tries to. busy if another
    // session has taken the claim over meanwhile; the work must stop then.
    [[nodiscard]] Result<void> renew();

  private:
    ChangesClaim() = default;
    struct Held;
    std::unique_ptr<Held> held_;
};

// Whether somebody holds that claim who may live. Looks only.
[[nodiscard]] bool is_changing(const Store& store,
                               const system::Machine& machine,
                               system::FileReader& files);

// Whether that process of this container holds it. Looks only.
[[nodiscard]] bool is_changed_by(const system::ProcessId& process,
                                 const Store& store,
                                 const system::Machine& machine,
                                 system::FileReader& files);

}  // namespace envkeep::store
