/** containerd's configuration file for an instance of its own, which touches nothing of another one on the machine. */

export interface ContainerdOptions {
  /** Images and snapshots; survives reboots. */
  root: string
  /** Sockets and running tasks; best on a tmpfs. */
  state: string
  /** The socket's path. */
  address: string
  /** Must be there before the first sandbox: nothing is pulled. */
  sandboxImage: string
  snapshotter: 'overlayfs' | 'native'
  cniConfDir: string
  cniBinDir: string
  /** Where the kernel denies lowering oom scores, or every sandbox fails. */
  restrictOomScoreAdj: boolean
  /** `error` without it. */
  logLevel?: 'debug' | 'info' | 'warn' | 'error'
}

/** Other storage back ends, tracing, and a service that would write to /opt: nothing here uses them. */
const disabledPlugins = [
  'io.containerd.snapshotter.v1.aufs',
  'io.containerd.snapshotter.v1.btrfs',
  'io.containerd.snapshotter.v1.devmapper',
  'io.containerd.snapshotter.v1.zfs',
  'io.containerd.internal.v1.opt',
  'io.containerd.internal.v1.restart',
  'io.containerd.internal.v1.tracing',
  'io.containerd.tracing.processor.v1.otlp',
]

/** TOML's basic strings are written like JSON's. */
const text = (value: string) => JSON.stringify(value)

/** The text of a config.toml (version 2). */
export function containerdConfig(options: ContainerdOptions): string {
  return `version = 2
root = ${text(options.root)}
state = ${text(options.state)}
disabled_plugins = [${disabledPlugins.map(text).join(', ')}]

[grpc]
  address = ${text(options.address)}

[ttrpc]
  address = ${text(`${options.address}.ttrpc`)}

[debug]
  level = ${text(options.logLevel ?? 'error')}

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${text(options.sandboxImage)}
  restrict_oom_score_adj = ${options.restrictOomScoreAdj}
  tolerate_missing_hugetlb_controller = true
  disable_hugetlb_controller = true
  disable_apparmor = true
  netns_mounts_under_state_dir = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${text(options.cniBinDir)}
    conf_dir = ${text(options.cniConfDir)}

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = ${text(options.snapshotter)}
    default_runtime_name = "runc"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
        Root = ${text(`${options.state}/runc`)}
`
}
