// SPDX-License-Identifier: MIT
#include "unit/cli/platforms_page.hpp"

#include "envkeep/store/find.hpp"

#include <fmt/format.h>

#include <string_view>

namespace envkeep::testing {
namespace {

constexpr std::string_view before = R"(# Platforms

`envkeep init` finds the platform by itself and says which it is, as `envkeep status` does; the manifest that it writes is right for it.
`envkeep hook print` prints what makes each session come up by itself there, and says where to put it. `envkeep help platforms` has
the same at hand.

| platform | known by | what survives | `init` writes | start line, of `hook print` |
| --- | --- | --- | --- | --- |
)";

constexpr std::string_view after =
    R"(| any container | a folder mounted at `/storage`, else `init --store DIR` | that folder | `container` | `container-command`, as its start command |

The manifest is a file of [templates/](../templates); `persistent-home` keeps nothing, since a home that survives by itself would only be moved into itself:
it sets the modes of `.ssh`, and what the image forgets, packages above all, is for `envkeep snapshot`. It is also what `init` writes
wherever the store is made in a mounted home. On Gradient an image whose start script sources `/storage/pre-run.sh`, as the fast.ai image's
does, gets its line there and `gradient-fastai`.

## To know

)";

constexpr std::string_view last = R"(
Where a start script runs the line, as `pre-run` and `lifecycle-script` have it, its variables reach what that script starts and nothing
else. The line of `hook print --for profile` in `~/.bashrc` gives them to terminals, `hook print --for jupyter-config` to the
Jupyter server and its kernels, wherever Jupyter reads its configuration from the home.

A normal user, as on JupyterHub, brings back what is theirs: the home, and the folders in `/opt` that the image gives them, such as
`/opt/conda`. The first terminal tells of a start only by the line that `init --notice` offers for `~/.bashrc`.

## How sure this is

The table comes from the documents and sources of the platforms, which agent/store/platform.cpp names row by row. `simulator.platforms` runs
two sessions for each: its variables, mount, user and start line in a Debian root; for Colab on a FUSE file system that keeps
no modes. No session on the platforms themselves was at hand. Unknown: whether Kaggle's folder keeps modes and
links from one session to the next; whether the variables of a lifecycle configuration reach Jupyter; what Lightning brings back
of a studio's disk beside its home; whether Colab's Drive honours a rename over a file at once.
)";

// The simulator checks that.
std::string_view manifest_of(std::string_view id) {
    if (id == "sagemaker" || id == "lightning" || id == "jupyterhub") {
        return "persistent-home";
    }
    return id == "gradient"                  ? "gradient-pytorch"
           : id == "kaggle" || id == "colab" ? id
                                             : "container";
}

}  // namespace

std::string platforms_page() {
    std::string out(before);
    std::string notes;
    for (const store::Platform& platform : store::all_platforms()) {
        out += fmt::format("| {} (`{}`) | `{}` | {} | `{}` | `{}`, {} |\n",
                           platform.name,
                           platform.id,
                           platform.because,
                           platform.store == "~" ? "the home" : fmt::format("`{}`", platform.store),
                           manifest_of(platform.id),
                           platform.advice.use,
                           platform.advice.where);
        notes += fmt::format("- **{}**: {}.\n", platform.name, platform.advice.note);
        if (!platform.advice.missing.empty()) {
            notes += fmt::format("  Where the folder is missing: {}.\n", platform.advice.missing);
        }
    }
    return fmt::format("{}{}{}{}", out, after, notes, last);
}

}  // namespace envkeep::testing
