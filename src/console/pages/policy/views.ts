/** The parts of the page, by their address: `/policy/try`. */
export const views = [
  { name: 'rules', title: 'Rules', needs: 'read.policy' },
  { name: 'who', title: 'Who may what', needs: 'read.policy' },
  { name: 'try', title: 'Try', needs: undefined },
  { name: 'simulate', title: 'Simulate', needs: 'read.simulate' },
] as const;

export type ViewName = (typeof views)[number]['name'];

/** Whatever stands in the address. */
export function viewOf(text: string | undefined): ViewName {
  return views.find(({ name }) => name === text)?.name ?? 'rules';
}
