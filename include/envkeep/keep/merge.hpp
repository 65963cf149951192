// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/store/session_state.hpp"
#include "envkeep/system/files.hpp"
#include "envkeep/system/machine.hpp"
#include "envkeep/system/processes.hpp"

#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// `how: merge`: what a home and the store both got new, put together in a file of the home's own.
namespace envkeep::keep {

// What SQLite writes beside a database: of that very file, and of no copy of it.
inline constexpr auto journal_suffixes =
    std::to_array<std::string_view>({"-wal", "-shm", "-journal"});

struct MergeTools {
    system::RootId home;
    std::string_view program;                           // in Python: templates/merge_sqlite.py
    std::function<std::vector<std::string>()> pythons;  // absolute; the first that can is taken
    // For all databases of a round: a container has some ten seconds to end.
    std::chrono::milliseconds limit{6'000};
};

struct MergeRequest {
    const system::Place& home;
    const system::Place& store;
    const system::Status& home_seen;              // by `status_of`
    const system::Status& store_seen;             // absent or a file
    const store::RestoredFile* record = nullptr;  // none: nothing is known of before
};

enum class MergeEnd {
    nothing_new,  // all that the home has is in the store
    prepared,     // what the store is to hold is ready
    later,        // it is being written
    refused,      // it cannot be merged, for that reason
};

struct Merged {
    MergeEnd end = MergeEnd::refused;
    system::Place prepared;
    system::Status seen;     // of it
    bool holds_old = false;  // all that the store holds is in it
    // For the record: of what the store holds then, if the home has all of that.
    Digest digest;
    std::string reason;
    bool may_be_copied = true;  // where refused: its bytes are a whole
};

class Merger {
  public:
    // `processes` may be none: then databases are refused.
    Merger(MergeTools tools,
           system::Machine& machine,
           system::FileReader& files,
           system::FileWriter& writer,
           system::Processes* processes)
        : tools_(std::move(tools)),
          machine_(machine),
          files_(files),
          writer_(writer),
          processes_(processes) {}

    // That of the file, which changes where the journal beside it does.
    [[nodiscard]] Result<system::Status> status_of(const system::Place& home);

    // Changes nothing but what is below the home's `.envkeep-state/merge`.
    [[nodiscard]] Merged merge(const MergeRequest& request);

    // What was prepared is in the store.
    void settle(const system::Place& prepared);
    // What stands there is in the store.
    void note(const system::Place& home);

  private:
    Merged merge_texts(const MergeRequest& request);
    Merged merge_databases(const MergeRequest& request);
    Merged run_program(const MergeRequest& request, bool is_whole, const system::Place& work);
    [[nodiscard]] bool has_journal(const system::Place& database);

    MergeTools tools_;
    system::Machine& machine_;
    system::FileReader& files_;
    system::FileWriter& writer_;
    system::Processes* processes_;

    struct Taken {
        system::Place home;
        std::string text;
    };

    std::optional<std::vector<std::string>> pythons_;
    std::map<system::Place, Taken> in_union_;  // what was prepared -> the home's, as it was merged
};

}  // namespace envkeep::keep
