// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/json.hpp"
#include "envkeep/core/result.hpp"
#include "envkeep/store/layout.hpp"
#include "envkeep/system/files.hpp"
#include "envkeep/system/machine.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

// What the runs did: one file of JSON lines per run in `journal/` (in the home's state folder while
// the store is read-only). A line before each change, a line after it; `undo`, `log` and the
// clean-up after a kill read nothing else.
namespace envkeep::store {

// One change of one name, at absolute paths, small enough to be whole or not at all.
struct Change {
    enum class Kind {
        made_folder,    // at `path`
        made_file,      // at `path`
        made_link,      // at `path`, to `text`
        replaced_link,  // at `path`: was `other`, is `text`
        moved,          // from `other` to `path` (what was in the way went aside, mostly for a
                        // file whose digest is `text`, if that is known)
        copied,         // from `other` to `path`
        replaced_file,  // at `path`, written anew; what stood there is kept at `other`
        set_mode,       // at `path`: was `old_mode`, is `new_mode`
        removed_link,   // at `path`, which led to `text`
    };
    Kind kind = Kind::made_link;
    bool is_in_store = false;  // can be taken back from any session; else only in its own container
    std::string path;
    std::string other;
    std::string text;
    std::uint32_t old_mode = 0;
    std::uint32_t new_mode = 0;

    friend bool operator==(const Change&, const Change&) = default;
};

[[nodiscard]] Json to_json(const Change& change);
[[nodiscard]] Result<Change> change_from_json(const Json& json);

// The head of a run.
struct Run {
    std::string id;       // "20261120T232459Z-8d6cf3f2a9": sorts by time, to the microsecond
    std::string command;  // "restore", "adopt .ssh"
    std::string started;
    std::string home;
    system::Container container;
    system::ProcessId process;
};

// A run as its journal tells it.
struct RunRecord {
    Run run;

    struct Item {
        Change change;
        bool is_done = false;  // the line after it was written too
    };

    std::vector<Item> items;
    bool is_finished = false;  // ended by itself, not by a kill
    std::string undone_by;     // id of the run that took it back
    bool is_of_this_container = false;
    std::vector<std::string> problems;  // lines that could not be read
};

// Writes the journal of one run. The file is made with the first change: a run that changes nothing
// leaves nothing.
class Journal {
  public:
    Journal(system::Place folder, Run run, system::FileReader& files, system::FileWriter& writer);

    [[nodiscard]] const Run& run() const { return run_; }

    [[nodiscard]] bool is_begun() const { return begun_; }

    // Must return well before the change is made. Gives the number that `done` wants.
    [[nodiscard]] Result<std::size_t> intend(const Change& change);
    [[nodiscard]] Result<void> done(std::size_t number);
    // Many changes with one write and one sync each time: 10,000 links would else wait for 20,000.
    // Gives the number of the first; the others follow it.
    [[nodiscard]] Result<std::size_t> intend_all(const std::vector<Change>& changes);
    [[nodiscard]] Result<void> done_all(std::size_t first, std::size_t count);
    // The change was refused by the system and did not happen.
    [[nodiscard]] Result<void> gave_up(std::size_t number);
    [[nodiscard]] Result<void> finish();
    // Marks an earlier run as taken back by this one. A run that is taken back itself marks
    // nothing.
    [[nodiscard]] Result<void> mark_undone(const std::string& run_id);

  private:
    [[nodiscard]] Result<void> begin();
    [[nodiscard]] Result<void> write_line(const Json& line);
    [[nodiscard]] Result<void> write(const std::string& lines);

    system::Place folder_;
    Run run_;
    system::FileReader* files_;
    system::FileWriter* writer_;
    std::size_t next_ = 0;
    bool begun_ = false;
    bool is_cut_ = false;  // a write failed: half a line may stand at the end of the file
};

[[nodiscard]] Run new_run(const std::string& command,
                          const std::string& home,
                          const system::Machine& machine);

// Whether that run came to its end by itself; true, too, if there is no journal of it.
[[nodiscard]] Result<bool> has_ended(const system::Place& folder,
                                     std::string_view run,
                                     system::FileReader& files);

// How far back runs are read; by default all are.
struct RunChoice {
    WallTime since = WallTime::min();  // when the oldest began
    std::size_t most = std::numeric_limits<std::size_t>::max();
    std::function<bool(const RunRecord&)> is_last{};  // asked of each; empty: none is
};

// Newest first, and no journal is opened beyond the choice; one cut short or filled with noise is
// told, never an error.
[[nodiscard]] Result<std::vector<RunRecord>> list_runs(const std::vector<system::Place>& folders,
                                                       const system::Machine& machine,
                                                       system::FileReader& files,
                                                       const RunChoice& choice = {});

}  // namespace envkeep::store
